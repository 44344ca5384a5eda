import type { AccountOp } from '@freshet/domain'
import fc from 'fast-check'

/** A name without control characters. */
export const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\u0000-\u001f\u007f]/.test(text) && text !== '__proto__')

/** A number of at most 18 digits. */
export const natural = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })

/** A time that a wire format can hold, in milliseconds. */
export const timeMs = fc.integer({ min: 0, max: 4_000_000_000_000 })

/** A value of a claim. */
export const value = fc.oneof(
  word,
  fc.boolean(),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((n) => (n === 0 ? 0 : n))
    .filter((n) => Math.abs(n) < 1e15),
)

/** Who a claim is about, without the tenant. */
export const subject = fc.record({ iss: word, sub: word })

/** An event of an account. */
export const accountOp = fc.constantFrom<AccountOp>(
  'disabled',
  'enabled',
  'deleted',
  'sessions-revoked',
  'credential-changed',
  'credential-compromised',
)

/** A SHA-256 as base64url. */
export const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'))

/** A partition of the change topic. */
export const partition = fc.integer({ min: 0, max: 6 })
