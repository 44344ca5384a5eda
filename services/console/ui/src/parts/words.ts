import type { ChangeJson } from '@freshet/insight/answers'
import { spanOf } from '@freshet/insight/findings'
import { changedText } from '@freshet/protocol'
import { P99_EVENTS_MIN } from '@freshet/protocol/slo'

export { countOf, spanOf } from '@freshet/insight/findings'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const MILLISECONDS = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
} as const

/** Returns whether so many events have a p99. Fewer have a slowest one, which is no percentile. */
export function hasP99(events: number): boolean {
  return events >= P99_EVENTS_MIN
}

/** The time after, or before, something else: `+18 ms`, `−300 ms`. */
export function offsetOf(ms: number): string {
  return ms < 0 ? `−${spanOf(-ms)}` : `+${spanOf(ms)}`
}

/** The time of the day in this browser's zone. */
export function timeOf(at: string | number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false })
}

/** The time of the day in this browser's zone, to the millisecond. */
export function preciseTimeOf(at: string | number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false, ...MILLISECONDS })
}

/** An age as a text, or the time until something that is still to come. */
export function ageOf(ms: number): string {
  const size = Math.abs(ms)
  if (size < SECOND_MS) return 'just now'
  const span = size < MINUTE_MS ? `${Math.floor(size / SECOND_MS)} s` : spanOf(size)
  return ms < 0 ? `in ${span}` : `${span} ago`
}

/** Day and time in this browser's zone, with the name of the zone. */
export function localMomentOf(at: string | number): string {
  return new Date(at).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'long',
    hour12: false,
  })
}

/** Day and time, to the second, in UTC: what two people in two places can compare. */
export function momentOf(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Parts of a hundred, as exactly as a target is written: `99.95 %`. */
export function shareOf(ratio: number): string {
  const percent = ratio * 100
  const places = percent > 99 && percent < 100 ? 3 : 1
  return `${percent.toFixed(places).replace(/\.?0+$/, '')} %`
}

/** The effect of a change, as a text: `remove groups: − payments-approvers`. */
export function whatOf({
  op,
  kind,
  claim,
  changed,
}: Pick<ChangeJson, 'op' | 'kind' | 'claim' | 'changed'>): string {
  const what = [op ?? kind, claim].filter(Boolean).join(' ')
  return [what, changedText(changed)].filter(Boolean).join(': ')
}
