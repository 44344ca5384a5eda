const form =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Returns the milliseconds since 1970 of an RFC 3339 time; finer fractions are cut off. */
export function parseRfc3339(text: string): number | undefined {
  return isPlain(text) ? plainMs(text) : anyMs(text)
}

/** The form in which this build writes times; a 0 stands for any digit. */
export const PLAIN_TIME = '0000-00-00T00:00:00.000Z'

/** Returns whether the text has the form in which this build writes times; its fields can be too large. */
function isPlain(text: string): boolean {
  if (text.length !== PLAIN_TIME.length) return false
  for (let at = 0; at < PLAIN_TIME.length; at++) {
    const code = text.charCodeAt(at)
    const expected = PLAIN_TIME.charCodeAt(at)
    if (expected === ZERO ? code < ZERO || code > NINE : code !== expected) return false
  }
  return true
}

const ZERO = 0x30
const NINE = 0x39

function plainMs(text: string): number | undefined {
  const [year, month, day] = [digitsOf(text, 0, 4), digitsOf(text, 5, 7), digitsOf(text, 8, 10)]
  const [hour, minute, second] = [
    digitsOf(text, 11, 13),
    digitsOf(text, 14, 16),
    digitsOf(text, 17, 19),
  ]
  return msOf({ year, month, day, hour, minute, second, millis: digitsOf(text, 20, 23) })
}

/** The parts of a time in UTC. */
export interface TimeFields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millis: number
}

/** Returns the milliseconds since 1970; `undefined` if there is no such time. */
export function msOf(fields: TimeFields): number | undefined {
  const { year, month, day, hour, minute, second, millis } = fields
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined
  const minutes = (daysFromCivil(year, month, day) * 24 + hour) * 60 + minute
  return (minutes * 60 + second) * 1000 + millis
}

function digitsOf(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - ZERO
  return value
}

function anyMs(text: string): number | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Fields
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined
  const offset = offsetMinutes(match)
  if (offset === undefined) return undefined
  const minutes = (daysFromCivil(year, month, day) * 24 + hour) * 60 + minute - offset
  return (minutes * 60 + second) * 1000 + Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
}

type Fields = [number, number, number, number, number, number]

function offsetMinutes(match: RegExpExecArray): number | undefined {
  const hours = Number(match[9] ?? 0)
  const minutes = Number(match[10] ?? 0)
  if (hours > 23 || minutes > 59) return undefined
  return (match[8] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** Returns the RFC 3339 form in UTC with milliseconds, for the years 0 to 9999. */
export function formatRfc3339(timeMs: number): string {
  const days = Math.floor(timeMs / 86_400_000)
  const rest = timeMs - days * 86_400_000
  const [year, month, day] = civilFromDays(days)
  const clock = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60]
  const time = clock.map((part) => pad(Math.floor(part), 2)).join(':')
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}.${pad(Math.floor(rest % 1000), 3)}Z`
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  return day <= 28 || civilFromDays(daysFromCivil(year, month, day))[1] === month
}

/** Returns the days since 1970-01-01 in the proleptic Gregorian calendar; March starts the counted year. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468
}

function civilFromDays(days: number): readonly [number, number, number] {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const before = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - before
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day]
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
