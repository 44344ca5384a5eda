const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** A span in two figures or so: `340 ms`, `2.4 s`, `3 min`, `5 h`, `2 d`. */
export function spanOf(ms: number): string {
  const size = Math.abs(ms)
  if (size < SECOND_MS) return `${Math.round(ms)} ms`
  if (size < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(size < 10 * SECOND_MS ? 1 : 0)} s`
  if (size < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return size < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} d`
}

/** The time after, or before, something else: `+18 ms`, `−300 ms`. */
export function offsetOf(ms: number): string {
  return ms < 0 ? `−${spanOf(-ms)}` : `+${spanOf(ms)}`
}

/** The time of the day in this browser's zone. */
export function timeOf(at: string | number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false })
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

/** `3 edges`, `1 edge`. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** The effect of a change, as a text. */
export function whatOf({
  op,
  kind,
  claim,
}: {
  readonly op: string | null
  readonly kind: string
  readonly claim: string | null
}): string {
  return [op ?? kind, claim].filter(Boolean).join(' ')
}
