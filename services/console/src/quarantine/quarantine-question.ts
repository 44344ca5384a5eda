import { FreshetError } from '@freshet/protocol'
import { isQuarantinedId } from '@freshet/wire'
import { WAITING, type QuarantinedCursor, type QuarantinedFilter } from '@freshet/reconciler'
import * as z from 'zod'

/** The default size of a page, and its limit. */
const LIMIT = 50
const LIMIT_MAX = 200

/** Which parked records are asked for, and which page of them. */
export interface QuarantinedQuestion {
  readonly filter: QuarantinedFilter
  readonly limit: number
  readonly after: QuarantinedCursor | undefined
}

const word = z.string().min(1).max(128)
/** A parameter that is not known is an error: what it was meant to narrow would be shown whole. */
export const quarantinedQuery = z.strictObject({
  /** `waiting` is open or being replayed. */
  state: z.enum(['waiting', 'open', 'replaying', 'replayed', 'dropped', 'any']).default('waiting'),
  source: word.exactOptional(),
  tenant: word.exactOptional(),
  reason: word.exactOptional(),
  topic: word.exactOptional(),
  /** First found before. */
  before: z.iso.datetime({ offset: true }).exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT),
  after: z.string().transform(cursorIn).exactOptional(),
})

/** Reads the query of the list. @throws `request.malformed` */
export function readQuarantinedQuestion(
  query: Readonly<Record<string, string>>,
): QuarantinedQuestion {
  const read = quarantinedQuery.safeParse(query)
  if (!read.success) {
    const message = 'The query is not valid for a list of quarantined records.'
    throw new FreshetError('request.malformed', message, { cause: read.error })
  }
  const { state, before, limit, after, ...named } = read.data
  const filter = {
    ...named,
    ...(state === 'any' ? {} : { states: state === 'waiting' ? WAITING : [state] }),
    ...(before === undefined ? {} : { beforeMs: Date.parse(before) }),
  }
  return { filter, limit, after }
}

function cursorIn(text: string, context: z.RefinementCtx): QuarantinedCursor {
  const [, ms, id = ''] = /^(\d{1,15})\.(.*)$/.exec(text) ?? []
  if (ms !== undefined && isQuarantinedId(id)) return { firstAtMs: Number(ms), id }
  context.addIssue('must be the `next` of an earlier page')
  return z.NEVER
}
