import type { Control } from './control.ts'
import * as missing from './missing-guards.ts'

/** The controls of a mint's reading, recording and recheck. */
export const MINT_CONTROLS: readonly Control[] = [
  {
    rule: '4',
    without: 'claims are read before the label',
    guards: { mints: missing.claimsBeforeLabel },
    mix: 'network',
    breaks: ['S1', 'S7'],
    seeds: 60,
  },
  {
    rule: '5',
    without: 'the authority does not recheck a token after its record',
    guards: { mints: missing.noRecheck },
    mix: 'storm',
    breaks: ['S7', 'S9'],
    seeds: 60,
  },
  {
    rule: '5',
    without: 'the end of a token during its exchange does not count',
    guards: { exchanges: missing.exchangedUnwatched },
    mix: 'network',
    breaks: ['S7'],
    seeds: 120,
  },
  {
    rule: '6',
    without: 'withdrawn values are minted',
    guards: { mints: missing.noTombstones },
    mix: 'calm',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 12,
  },
  {
    rule: 'S8',
    without: 'a token leaves before its row is stored',
    guards: { mints: missing.recordLater },
    mix: 'network',
    breaks: ['S7', 'S8', 'S9'],
    seeds: 80,
  },
]
