import { parseRfc3339 } from './rfc3339.ts'
import { DECIMAL, TIME_LENGTH_MAX } from './wire-types.ts'

/**
 * Values that need no second check. Each function accepts the plain case of a schema in `wire-types.ts`, and
 * nothing that the schema refuses.
 */

/**
 * Returns whether this is an object of JSON, with or without a prototype. It has no member with a name of the
 * prototype's.
 */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  return value.constructor === Object || Object.getPrototypeOf(value) === null
}

/** Text without control characters; text that needs surrogates is not plain. */
const plainText = /^[^\u0000-\u001f\u007f\ud800-\udfff]+$/

/** The plain case of `text`. */
export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && plainText.test(value)
}

/** The plain case of `memberName`. */
export function isName(value: unknown, maxLength: number): value is string {
  return isText(value, maxLength) && value !== '__proto__'
}

/** All of `decimal`. */
export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value)
}

/** Every day except 29 February, in the form in which this build writes times. */
const plainTime =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** All of `time`. */
export function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > TIME_LENGTH_MAX) return false
  return plainTime.test(value) || parseRfc3339(value) !== undefined
}
