import { msOf, PLAIN_TIME } from './rfc3339.ts'

const ZERO = 0x30
const NINE = 0x39
const form = Buffer.from(PLAIN_TIME)

/**
 * Returns the milliseconds since 1970 of a time in the form that this build writes. Returns `undefined` for
 * another form, or no time.
 */
export function plainTimeMs(bytes: Uint8Array, at: number): number | undefined {
  for (let i = 0; i < form.length; i++) {
    const byte = bytes[at + i] ?? 0
    if (form[i] === ZERO ? byte < ZERO || byte > NINE : byte !== form[i]) return undefined
  }
  return msOf({
    year: digitsIn(bytes, at, at + 4),
    month: digitsIn(bytes, at + 5, at + 7),
    day: digitsIn(bytes, at + 8, at + 10),
    hour: digitsIn(bytes, at + 11, at + 13),
    minute: digitsIn(bytes, at + 14, at + 16),
    second: digitsIn(bytes, at + 17, at + 19),
    millis: digitsIn(bytes, at + 20, at + 23),
  })
}

/** Returns the number at that place, if it has only digits. */
export function digitsIn(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) value = value * 10 + ((bytes[at] ?? ZERO) - ZERO)
  return value
}
