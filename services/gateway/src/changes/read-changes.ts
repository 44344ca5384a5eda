import { CHANGES_PER_CALL_MAX, type EventRoom } from '@freshet/intake'
import { FreshetError } from '@freshet/protocol'
import { EventError, parseChangeEvent, parseSetChange, type ChangeEnvelope } from '@freshet/wire'
import { eventId } from '@freshet/wire/wire-types'
import { readJsonBytes } from './read-json.ts'
import type { SignedRequest } from './signed-request.ts'

/** An event of a request, or why it is none. */
export type ReadEvent =
  | { readonly ok: true; readonly envelope: ChangeEnvelope }
  | { readonly ok: false; readonly error: FreshetError; readonly id?: string }

/** The budget of the source that sent a batch. */
export interface BatchBudget {
  /** The room for events that are not read yet. */
  readonly roomFor: (count: number) => EventRoom
  /** Called for each event that breaks rules. @throws `limit.reached` */
  readonly chargeUnreadable: () => void
  /** Resolves when the source has its next turn: it reads a body, or a few events, in each. */
  readonly nextTurn: () => Promise<void>
}

/** Events that are read in one turn. */
const EVENTS_OF_TURN_MAX = 25

/** The events of a request; `isBatch` decides the form of the answer. */
export interface ReadChanges {
  readonly isBatch: boolean
  readonly events: readonly ReadEvent[]
}

const SET_TYP = 'secevent+jwt'

/**
 * Reads the change, or changes, of a request: CloudEvents structured, batched or binary, or a
 * signed body. An event of a batch that breaks rules is answered by itself. Events beyond the budget are not read.
 *
 * @throws `request.media-type`, `request.too-large`, `event.malformed`, `limit.reached`
 */
export async function readChanges(
  signed: SignedRequest,
  headers: Headers,
  budget: BatchBudget,
): Promise<ReadChanges> {
  await budget.nextTurn()
  const { mediaType, bytes, typ } = signed
  switch (mediaType) {
    case 'application/cloudevents+json':
    case 'application/cloudevents-batch+json':
      return readStructured(readJsonBytes(bytes), budget)
    case 'application/jose':
    case 'application/secevent+jwt': {
      const json = readJsonBytes(bytes)
      return one(typ === SET_TYP ? parseSetChange(json) : parseChangeEvent(json))
    }
    case 'application/json':
      if (headers.has('ce-specversion')) return one(parseBinary(readJsonBytes(bytes), headers))
  }
  const message = 'Send application/cloudevents+json, binary CloudEvents or application/jose.'
  throw new FreshetError('request.media-type', message)
}

function one(envelope: ChangeEnvelope): ReadChanges {
  return { isBatch: false, events: [{ ok: true, envelope }] }
}

/** A long list is refused before its items are read: an item of two bytes costs as much as a whole event. */
async function readStructured(json: unknown, budget: BatchBudget): Promise<ReadChanges> {
  if (!Array.isArray(json)) return one(parseChangeEvent(json))
  if (json.length > CHANGES_PER_CALL_MAX) {
    const message = `A batch holds at most ${CHANGES_PER_CALL_MAX} events.`
    throw new FreshetError('request.too-large', message)
  }
  const { count, refusal } = budget.roomFor(json.length)
  const events: ReadEvent[] = []
  for (const [index, item] of json.entries()) {
    if (index > 0 && index % EVENTS_OF_TURN_MAX === 0) await budget.nextTurn()
    const isRead = index < count || refusal === undefined
    events.push(isRead ? readItem(item, budget) : unread(item, refusal))
  }
  return { isBatch: true, events }
}

function unread(item: unknown, error: FreshetError): ReadEvent {
  const { data: id } = eventId.safeParse((Object(item) as { readonly id?: unknown }).id)
  return { ok: false, error, ...(id === undefined ? {} : { id }) }
}

function readItem(item: unknown, { chargeUnreadable }: BatchBudget): ReadEvent {
  try {
    return { ok: true, envelope: parseChangeEvent(item) }
  } catch (error) {
    if (!(error instanceof EventError)) throw error
    chargeUnreadable()
    return { ok: false, error }
  }
}

const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'traceparent'] as const

/** The HTTP binding of CloudEvents: attributes are percent-encoded `ce-` headers. */
function parseBinary(data: unknown, headers: Headers): ChangeEnvelope {
  const attributes = ATTRIBUTES.flatMap((name) => {
    const text = headers.get(`ce-${name}`)
    return text === null ? [] : [[name, decoded(text, name)] as const]
  })
  return parseChangeEvent({ ...Object.fromEntries(attributes), data })
}

function decoded(text: string, name: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new EventError([{ pointer: `/${name}`, rule: 'is not percent-encoded' }], { cause })
  }
}
