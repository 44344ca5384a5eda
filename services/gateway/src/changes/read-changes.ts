import { FreshetError } from '@freshet/protocol'
import { EventError, parseChangeEvent, parseSetChange, type ChangeEnvelope } from '@freshet/wire'
import { readJsonBytes } from './read-json.ts'
import type { SignedRequest } from './signed-request.ts'

/** An event of a request, or why it is none. */
export type ReadEvent =
  | { readonly ok: true; readonly envelope: ChangeEnvelope }
  | { readonly ok: false; readonly error: FreshetError }

/** The events of a request; `isBatch` decides the form of the answer. */
export interface ReadChanges {
  readonly isBatch: boolean
  readonly events: readonly ReadEvent[]
}

const SET_TYP = 'secevent+jwt'

/**
 * Reads the change, or changes, of a request: CloudEvents structured, batched or binary, or a
 * signed body. An event of a batch that breaks rules is answered by itself.
 *
 * @throws `request.media-type`, `event.malformed`
 */
export function readChanges(signed: SignedRequest, headers: Headers): ReadChanges {
  const { mediaType, bytes, typ } = signed
  switch (mediaType) {
    case 'application/cloudevents+json':
    case 'application/cloudevents-batch+json':
      return readStructured(readJsonBytes(bytes))
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

function readStructured(json: unknown): ReadChanges {
  if (!Array.isArray(json)) return one(parseChangeEvent(json))
  return { isBatch: true, events: json.map((item: unknown) => readItem(item)) }
}

function readItem(item: unknown): ReadEvent {
  try {
    return { ok: true, envelope: parseChangeEvent(item) }
  } catch (error) {
    if (!(error instanceof EventError)) throw error
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
