import { invariant } from '@freshet/protocol'
import type { Acceptance } from '@freshet/intake'
import type { Problem } from '@freshet/runtime'
import { requestProblem, problemResponse, problemsIn } from '../problems.ts'

const ACCEPTED = 202
/** The statuses that matter most, in this order; after them the first problem decides. */
const WORST_FIRST = [503, 429, 500] as const

/** The answer to one event: where its record stands, or the problem. */
export type EventAnswer =
  | {
      readonly status: 202
      readonly id: string
      /** The first of its partitions, and the offset there. */
      readonly partition: number
      readonly offset: string
      /** All places of an event that goes to every partition. */
      readonly positions?: readonly { readonly partition: number; readonly offset: string }[]
    }
  | (Problem & { readonly id?: string })

/** The answer to one event that was read. */
export function eventAnswer(acceptance: Acceptance): EventAnswer {
  const { id } = acceptance
  if (!acceptance.ok) return { ...requestProblem(acceptance.error), id }
  const [first] = acceptance.positions
  const positions = acceptance.positions.map(({ partition, offset }) => ({
    partition,
    offset: offset.toString(),
  }))
  const place = { partition: first.partition, offset: first.offset.toString() }
  return { status: ACCEPTED, id, ...place, ...(positions.length > 1 && { positions }) }
}

/** The response to a request with a single event. */
export function singleResponse(answer: EventAnswer | undefined): Response {
  invariant(answer !== undefined, 'An event was not answered.')
  if ('code' in answer) return problemResponse(answer)
  const { status, ...body } = answer
  return Response.json(body, { status })
}

/** The answer to one item of a batch: what was accepted, or the problem. */
type ItemAnswer = { readonly status: number } | Problem

/**
 * The response to a batch: 202 if every item, one of `what`, was accepted. Otherwise it has the status of a problem,
 * retryable ones first, so that a client that reads the status alone sends the batch again, which is always
 * safe. `items` has the answer of each, in the order of the batch. `retryAfter` is the longest of any
 * item.
 */
export function batchResponse(items: readonly ItemAnswer[], what = 'events'): Response {
  const problems = problemsIn(items)
  const worst = worstOf(problems)
  if (worst === undefined) return Response.json({ items }, { status: ACCEPTED })
  const detail = `${problems.length} of ${items.length} ${what} were not accepted; see items.`
  const { type, title, status, code, retryAfter } = worst
  const longest = Math.max(...problems.map((problem) => problem.retryAfter ?? 0))
  const more = retryAfter === undefined ? {} : { retryAfter: longest }
  return problemResponse({ type, title, status, detail, code, ...more }, { items })
}

function worstOf(problems: readonly Problem[]): Problem | undefined {
  const ranked = WORST_FIRST.map((status) => problems.find((each) => each.status === status))
  return ranked.find((problem) => problem !== undefined) ?? problems[0]
}
