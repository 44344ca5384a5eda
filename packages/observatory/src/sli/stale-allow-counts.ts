import type { Slo } from '@freshet/domain/slo'
import type { NewExposure } from '../exposure/exposure-store.ts'
import type { SloCount } from './slo-counts.ts'

/** What some reports told that was not known before. */
export interface NewlyMeasured {
  /** Requests that were let in. */
  readonly allowed: number
  readonly exposed: readonly NewExposure[]
}

/**
 * S7, of reports that came within a minute: requests that were let in, less those that a change should have
 * kept out by then. An exposure is told after the requests that it is of, so good of one minute may be below
 * none; sums are right.
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
