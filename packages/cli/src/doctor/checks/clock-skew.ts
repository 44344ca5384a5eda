import { CLOCK_TOLERANCE_MS } from '@freshet/protocol'
import type { CheckFinding } from '../check.ts'

/** A quarter of what is tolerated: time to look at NTP before anything is refused. */
const WARN_MS = CLOCK_TOLERANCE_MS / 4

/** The meaning of a difference of clocks: `skewMs` is ours minus theirs, as far as it was measured. */
export function skewFinding(whose: string, skewMs: number): CheckFinding {
  const ms = Math.round(Math.abs(skewMs))
  const detail = `our clock is ${ms} ms ${skewMs < 0 ? 'behind' : 'ahead of'} that of ${whose}, with the time of the answer included`
  if (ms <= WARN_MS) return { outcome: 'ok', detail }
  return {
    outcome: ms > CLOCK_TOLERANCE_MS ? 'failed' : 'warning',
    detail,
    means: `beyond ${CLOCK_TOLERANCE_MS} ms a heartbeat of a source counts as being in the future, or as too old`,
    fix: 'synchronise the clocks (NTP) of this machine and of that one',
  }
}
