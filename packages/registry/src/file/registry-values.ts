import type { RateLimit, RemovalLimit } from '@freshet/protocol'
import * as z from 'zod'

const factors: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A duration is never zero: a file that wants none leaves the member out. */
const durationForm = /^(?!0+[a-z])(\d{1,9})(ms|s|m|h|d)$/

/** Returns the milliseconds of a duration like `500ms`, `5s`, `10m`, `2h` or `28d`. */
export function durationMs(duration: string): number {
  const match = durationForm.exec(duration)
  return Number(match?.[1]) * (factors[match?.[2] ?? ''] ?? Number.NaN)
}

const DURATION = 'must be a duration like 500ms, 5s, 10m, 2h or 28d'

/** A duration above zero. */
export const durationText: z.ZodType<string> = z
  .string({ error: DURATION })
  .regex(durationForm, DURATION)

const percentForm = /^(?:100(?:\.0{1,6})?|\d{1,2}(?:\.\d{1,6})?)%$/
const PERCENT = 'must be a percentage like 99.9%, at most 100%'

/** Returns the share, 0 to 1, that a percentage like `99.9%` names. */
export function shareOf(percent: string): number {
  const digits = percent.slice(0, -1)
  const decimals = digits.split('.')[1]?.length ?? 0
  return Number((Number(digits) / 100).toFixed(decimals + 2))
}

/** A percentage. */
export const percentText: z.ZodType<string> = z
  .string({ error: PERCENT })
  .regex(percentForm, PERCENT)

const RATE = 'must be a number per duration, like `120 per 1m`'

/** A number of requests within a time, which can all come at once. */
export const rateText: z.ZodType<string> = z
  .string({ error: RATE })
  .refine((text) => durationForm.test(removalsForm.exec(text)?.[2] ?? ''), RATE)

/** Returns the limit that `120 per 1m` names: two a second on average, and 120 at once. */
export function rateOf(text: string): RateLimit {
  const { removals: burst, withinMs } = removalLimitOf(text)
  return { perSecond: (burst * 1_000) / withinMs, burst }
}

const REMOVALS = 'must be a number per duration, like `50 per 10m`'
const removalsForm = /^([1-9]\d{0,5}) per (\S+)$/

/** A number of removals within a time. */
export const removalsText: z.ZodType<string> = z
  .string({ error: REMOVALS })
  .refine((text) => durationForm.test(removalsForm.exec(text)?.[2] ?? ''), REMOVALS)

/** Returns the limit that `50 per 10m` names. */
export function removalLimitOf(text: string): RemovalLimit {
  const [, removals, within = ''] = removalsForm.exec(text) ?? []
  return { removals: Number(removals), withinMs: durationMs(within) }
}
