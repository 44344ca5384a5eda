const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** The number of a unit from which an age is written in it: 90 s and 36 h are better known than 1 m and 1 d. */
const FROM = 2

/** A time as an age, like `3s` or `4h`; a time to come is `in 3s`. Anything else stays as it is. */
export function ageText(time: string, nowMs: number): string {
  const ms = /^\d{4}-\d\d-\d\dT/.test(time) ? nowMs - Date.parse(time) : Number.NaN
  if (Number.isNaN(ms)) return time
  return ms < 0 ? `in ${spanText(-ms)}` : spanText(ms)
}

/** A time span in one unit, rounded down. */
export function spanText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= FROM * each) ?? ['s', 1_000]
  return `${Math.floor(ms / unitMs)}${unit}`
}

/** A time without fractions of its second. Anything else stays as it is. */
export function withoutFraction(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$/, '$1Z')
}

/** A moment as people and programs read it: UTC, whole seconds. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
