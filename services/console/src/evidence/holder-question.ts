import { FreshetError, scopeKey, type ClaimValue } from '@freshet/protocol'
import { PAST_TOKENS_KEPT_MS } from '@freshet/authority'
import type { HolderCursor, HolderQuestion } from '@freshet/insight'
import * as z from 'zod'

/** Tokens on a page, by default and at most. */
const PAGE_DEFAULT = 100
const PAGE_MAX = 500

const word = (length: number): z.ZodType<string> => z.string().min(1).max(length)
const cursorSchema = z.tuple([z.int().min(0), word(256)])
/** The query of `GET /v1/tokens`. */
export const holdersQuery = z.strictObject({
  tenant: word(128),
  claim: word(128),
  value: z.string().max(1_024),
  at: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  after: word(1_024).optional(),
})

/** The value and the size of a page of its holders. */
export interface ReadHolderQuestion {
  readonly question: HolderQuestion
  readonly limit: number
}

/**
 * Reads the query of `GET /v1/tokens`. A value that reads as a number or a truth is asked for as such, and
 * as text.
 *
 * @throws `request.malformed`, also for a time of which nothing is kept any more
 */
export function readHolderQuestion(
  query: Readonly<Record<string, string>>,
  nowMs: number,
): ReadHolderQuestion {
  const read = holdersQuery.safeParse(query)
  if (!read.success) {
    const places = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new FreshetError('request.malformed', `The query is wrong: ${places.join('; ')}.`)
  }
  const { tenant, claim, value, at, limit, after } = read.data
  const atMs = at === undefined ? nowMs : Date.parse(at)
  if (atMs > nowMs) throw new FreshetError('request.malformed', 'at is in the future.')
  if (atMs < nowMs - PAST_TOKENS_KEPT_MS) {
    throw new FreshetError('request.malformed', 'Tokens of that time are no longer kept.')
  }
  const scopes = readings(value).map((each) =>
    scopeKey({ kind: 'value', tenant, claim, value: each }),
  )
  const question = { scopes, atMs, ...(after !== undefined && { after: cursorOf(after) }) }
  return { question, limit }
}

function readings(text: string): readonly ClaimValue[] {
  if (text === 'true' || text === 'false') return [text, text === 'true']
  const number = Number(text)
  return text !== '' && String(number) === text && Number.isFinite(number) ? [text, number] : [text]
}

/** A place in the answer as `next` gives it and `after` takes it. */
export function cursorText({ expMs, jti }: HolderCursor): string {
  return Buffer.from(JSON.stringify([expMs, jti])).toString('base64url')
}

function cursorOf(text: string): HolderCursor {
  try {
    const [expMs, jti] = cursorSchema.parse(
      JSON.parse(Buffer.from(text, 'base64url').toString('utf8')),
    )
    return { expMs, jti }
  } catch (cause) {
    throw new FreshetError('request.malformed', 'after is not the `next` of an answer.', { cause })
  }
}
