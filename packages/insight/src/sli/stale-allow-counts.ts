import type { Slo } from '@freshet/protocol/slo'
import type { NewExposure } from '../exposure/exposure-store.ts'
import type { SloCount } from './slo-counts.ts'

/** The new content of some reports. */
export interface NewlyMeasured {
  /** Requests that were let in. */
  readonly allowed: number
  readonly exposed: readonly NewExposure[]
}

/**
 * S7, from reports that came within a minute: allowed requests, less those that a change should have refused
 * by then. An exposure is reported after its requests, so the good count of one minute can be below zero;
 * sums are right.
 */
export function staleAllowCounts(
  slos: readonly Slo[],
  { allowed: valid, exposed }: NewlyMeasured,
  minuteMs: number,
): readonly SloCount[] {
  if (valid === 0 && exposed.length === 0) return []
  return slos
    .filter(({ sli }) => sli === 'stale-allows')
    .map(({ name: slo, class: named }) => {
      const own = exposed.filter((each) => named === null || each.class === named)
      const bad = own.reduce((sum, { requests }) => sum + requests, 0)
      return { slo, origin: 'live', minuteMs, good: valid - bad, valid }
    })
}
