import type { Control } from './control.ts'
import * as missing from './missing-guards.ts'

/** The controls for the end of tokens' denials (rule 25). */
export const DENIAL_CONTROLS: readonly Control[] = [
  {
    rule: '25',
    without: 'a denial ends before its token',
    guards: { denialEndMs: missing.endsAtOnce },
    mix: 'operators',
    breaks: ['S1', 'S3', 'S10'],
    seeds: 120,
  },
  {
    rule: '25',
    without: 'the database deletes a denial before its token ends',
    guards: { pruner: missing.denialsForgotten },
    mix: 'forgetting',
    breaks: ['S1', 'S3', 'S7', 'S9', 'S10'],
    seeds: 60,
  },
  {
    rule: '25, 49',
    without: 'a new root omits denials of living tokens',
    guards: { publisher: missing.rootWithoutTokens },
    mix: 'forgetting',
    breaks: ['S1', 'S3', 'S10'],
    seeds: 40,
  },
]
