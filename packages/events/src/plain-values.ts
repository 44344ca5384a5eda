import { parseRfc3339 } from './rfc3339.ts'
import { DECIMAL, TIME_LENGTH_MAX } from './wire-types.ts'

/**
 * Values that need no second look: each of these takes less than the schema in `wire-types.ts` of
 * which it is the plain case, and nothing that the schema refuses.
 */

/** An object of JSON, with or without a prototype, and no member that could be taken for its prototype's. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  return value.constructor === Object || Object.getPrototypeOf(value) === null
}

/** No control characters; what needs surrogates is not plain. */
const plainText = /^[^\u0000-\u001f\u007f\ud800-\udfff]+$/

/** The plain case of `text`. */
export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && plainText.test(value)
}

/** The plain case of `memberName`. */
export function isName(value: unknown, maxLength: number): value is string {
  return isText(value, maxLength) && value !== '__proto__'
}

/** `decimal`, whole. */
export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value)
}

/** Every day but the 29th of February, as this build writes times. */
const plainTime =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** `time`, whole. */
export function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > TIME_LENGTH_MAX) return false
  return plainTime.test(value) || parseRfc3339(value) !== undefined
}
