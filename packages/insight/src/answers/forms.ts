import * as z from 'zod'

/** An RFC 3339 time. */
export const timeText = z.string().meta({ format: 'date-time' })

/** A number of milliseconds, `null` without one. */
export const msOrNull = z.number().nullable()

/** Returns the form of an answer with these members. */
export function answerWith<Members extends z.ZodRawShape>(members: Members) {
  return z.object({ apiVersion: z.string(), ...members })
}
