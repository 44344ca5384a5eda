import type { SloEntry } from '../read/slo-of.ts'
import { sloSelector } from './slo-labels.ts'

/** Good and valid of each minute, where a measurement has no counters. */
export const MINUTE_GOOD = 'freshet:sli_good:count1m'
/** See {@link MINUTE_GOOD}. */
export const MINUTE_VALID = 'freshet:sli_valid:count1m'

/**
 * The edges whose view stayed young enough in the minute before, and all of them. The objective has the same for a
 * single cluster.
 */
export function minuteCounts({ slo }: SloEntry): { readonly good: string; readonly valid: string } {
  const oldest =
    'max by (cluster, edge) (max_over_time(freshet_edge_view_age_seconds{state!="starting"}[1m]))'
  const valid = `count by (cluster) (${oldest})`
  const limit = (slo.thresholdMs ?? Number.NaN) / 1_000
  return { good: `count by (cluster) (${oldest} <= ${limit}) or 0 * ${valid}`, valid }
}

/** Bad of valid within a window. Answers nothing where nothing was valid: silence is not a zero. */
export function errorRatio(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `1 - (${minutes(entry, MINUTE_GOOD, window)} / (${minutes(entry, MINUTE_VALID, window)} > 0))`
  const valid = `(sum by (cluster) (rate(${total}[${window}])) > 0)`
  if (good !== undefined) return `1 - (sum by (cluster) (rate(${good}[${window}])) / ${valid})`
  const rate = (of: string | undefined): string => `sum by (cluster) (rate(${of}[${window}]))`
  return `(${orZero(rate(bad), rate(total))} / ${valid})`
}

/** The number of bad events in a window. */
export function badEvents(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `${minutes(entry, MINUTE_VALID, window)} - ${minutes(entry, MINUTE_GOOD, window)}`
  const increase = (of: string | undefined): string =>
    `sum by (cluster) (increase(${of}[${window}]))`
  return good === undefined
    ? orZero(increase(bad), increase(total))
    : `${increase(total)} - ${increase(good)}`
}

function minutes({ slo }: SloEntry, record: string, window: string): string {
  return `sum by (cluster) (sum_over_time(${record}{${sloSelector(slo)}}[${window}]))`
}

/** A counter that never counted is not there yet, in a cluster that has the total. */
function orZero(expression: string, total: string): string {
  return `(${expression} or 0 * ${total})`
}
