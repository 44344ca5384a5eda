import type { SloEntry } from '../read/slo-of.ts'
import { sloSelector } from './slo-labels.ts'

/** Good and valid of each minute, where a measurement has no counters. */
export const MINUTE_GOOD = 'freshet:sli_good:count1m'
/** See {@link MINUTE_GOOD}. */
export const MINUTE_VALID = 'freshet:sli_valid:count1m'

/** Bad of valid within a window. Answers nothing where nothing was valid: silence is not a zero. */
export function errorRatio(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `1 - (${minutes(entry, MINUTE_GOOD, window)} / (${minutes(entry, MINUTE_VALID, window)} > 0))`
  const valid = `(sum(rate(${total}[${window}])) > 0)`
  if (good !== undefined) return `1 - (sum(rate(${good}[${window}])) / ${valid})`
  return `(${orZero(`sum(rate(${bad}[${window}]))`)} / ${valid})`
}

/** The number of bad events in a window. */
export function badEvents(entry: SloEntry, window: string): string {
  const { counter, good, bad, total } = entry.queries
  if (!counter)
    return `${minutes(entry, MINUTE_VALID, window)} - ${minutes(entry, MINUTE_GOOD, window)}`
  if (good === undefined) return orZero(`sum(increase(${bad}[${window}]))`)
  return `sum(increase(${total}[${window}])) - sum(increase(${good}[${window}]))`
}

function minutes({ slo }: SloEntry, record: string, window: string): string {
  return `sum(sum_over_time(${record}{${sloSelector(slo)}}[${window}]))`
}

/** A counter that never counted is not there yet. */
function orZero(expression: string): string {
  return `(${expression} or vector(0))`
}
