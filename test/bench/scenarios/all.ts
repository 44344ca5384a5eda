import type { Scenario } from '../scenario.ts'
import { judging } from './judge.ts'
import { verifying } from './verify.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [judging, verifying]
