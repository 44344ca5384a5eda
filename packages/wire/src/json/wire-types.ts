import * as z from 'zod'
import { parseRfc3339 } from './rfc3339.ts'
import { hasLoneSurrogate } from './strict-json.ts'

/** Longest texts of each kind, in UTF-16 units. */
export const LENGTHS = {
  tenant: 128,
  source: 64,
  claim: 128,
  event: 256,
  id: 512,
  value: 1024,
  trace: 128,
  nonce: 128,
  cursor: 1_100,
} as const

/** The values of a schema, read-only at every depth. */
export type Wire<Schema extends z.ZodType> = ReadonlyDeep<z.infer<Schema>>

type ReadonlyDeep<T> = T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T

/** Values that one event names at most. */
export const VALUES_MAX = 1000

/** Text without control characters that UTF-8 can carry. */
export function text(maxLength: number): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'must hold no control character')
    .refine((value) => !hasLoneSurrogate(value), 'must be valid Unicode')
}

/** A name that can become a member of a JSON object. */
export function memberName(maxLength: number): z.ZodType<string> {
  return text(maxLength).refine((name) => name !== '__proto__', 'is a name that nothing may have')
}

/** The form of a whole number of at most 18 digits. */
export const DECIMAL: RegExp = /^(?:0|[1-9]\d{0,17})$/

/** A whole number of at most 18 digits, as text, because JSON numbers lose precision. */
export const decimal: z.ZodType<string> = z
  .string()
  .regex(DECIMAL, 'must be a decimal string of at most 18 digits')

/** A whole number from 0 that JSON can carry. */
export const count: z.ZodType<number> = z.int().min(0)

/** Characters of a time: nanoseconds and an offset fit. */
export const TIME_LENGTH_MAX = 40

/** An RFC 3339 time. */
export const time: z.ZodType<string> = z
  .string()
  .max(TIME_LENGTH_MAX)
  .refine((value) => parseRfc3339(value) !== undefined, 'must be an RFC 3339 time')
  .meta({ format: 'date-time' })

/** The form of a base64url SHA-256. */
export const HASH: RegExp = /^[\w-]{43}$/

/** A base64url SHA-256. */
export const hashText: z.ZodType<string> = z.string().regex(HASH, 'must be a base64url SHA-256')

/** A string, a finite number or a boolean. */
export const scalar = z.union(
  [
    z
      .string()
      .max(LENGTHS.value)
      .refine((value) => !hasLoneSurrogate(value) && !value.includes('\0')),
    z.number(),
    z.boolean(),
  ],
  { error: `must be a string of at most ${LENGTHS.value} characters, a number or a boolean` },
)

/** One claim value on the wire. */
export type WireScalar = Wire<typeof scalar>

/**
 * Names of members whose meaning a reader must know to read the rest rightly. This build knows none, so any
 * name here makes the event unreadable instead of half understood.
 */
export const critical: z.ZodType<readonly string[]> = criticalOf([])

/** Returns the schema for a format of which this build knows some critical members. */
export function criticalOf(understood: readonly string[]): z.ZodType<readonly string[]> {
  return z
    .array(z.string().max(128))
    .max(16)
    .refine((names) => names.every((name) => understood.includes(name)), {
      error: 'names a member that this build does not understand',
    })
}

/** The only identifier format on the topics. */
export const issSub = z.strictObject({
  format: z.literal('iss_sub'),
  iss: text(LENGTHS.id),
  sub: text(LENGTHS.id),
})

/** One `iss_sub` identifier (RFC 9493 §3.2.3), which has no further members. */
export type WireSubject = Wire<typeof issSub>

/** The identifier of a tenant. */
export const tenantId: z.ZodType<string> = memberName(LENGTHS.tenant)

/** The identifier of a source. */
export const sourceId: z.ZodType<string> = memberName(LENGTHS.source)

/** The name of a claim. */
export const claimName: z.ZodType<string> = memberName(LENGTHS.claim)

/** The id of an event. */
export const eventId: z.ZodType<string> = text(LENGTHS.event)
