import type { Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import {
  adminOf,
  askingSession,
  cookieName,
  maySeePersons,
  type AdmissionParts,
} from '../admission/admission.ts'
import type { ValueReads } from '../subjects/value-reads.ts'
import type { StreamEvent } from './event-ring.ts'
import type { StreamClient, StreamHub } from './stream-hub.ts'

/** The bytes that wait for a browser that does not read; beyond them the browser is dropped. */
const PENDING_BYTES_MAX = 256 * 1_024
const AGAIN_AFTER_MS = 2_000
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // A proxy that gathers what it hands on would make late what is live.
  'x-accel-buffering': 'no',
}
/** The comment is for proxies. A page sees no comment, so it gets an event as well. */
const PING = ': ping\nevent: ping\ndata: {}\n\n'
const encoder = new TextEncoder()

/** The parts that listening needs. */
export interface StreamParts extends AdmissionParts {
  readonly hub: StreamHub
}

/** The parts of the stream, with the audit of reads. */
interface ListeningParts extends StreamParts {
  readonly reads: Pick<ValueReads, 'record'>
}

/** Adds the stream of events: one for a tab, as long as its session lasts. */
export function addStreamRoute(app: Hono, parts: ListeningParts): void {
  app.get('/v1/stream', async (c) => {
    // The stream brings the values of changes to operators.
    if (maySeePersons(c)) await parts.reads.record({ by: adminOf(c).name, answer: 'stream' })
    const lastId = c.req.header('last-event-id')
    return new Response(streamFor(parts.hub, lastId, readerOf(c, parts)), { headers: HEADERS })
  })
}

/** The person who listens. */
interface Reader {
  readonly admin: string
  readonly isIn: () => boolean
  /** True if names of subjects and values are shown. */
  readonly persons: boolean
}

function readerOf(c: Context, parts: AdmissionParts): Reader {
  return { admin: adminOf(c).name, isIn: stillIn(c, parts), persons: maySeePersons(c) }
}

/** A session may end while its stream is open. Being listened to does not keep it. */
function stillIn(c: Context, { sessions, isSecure = false }: AdmissionParts): () => boolean {
  const id = askingSession(c) && getCookie(c, cookieName({ isSecure }))
  return () => id === undefined || sessions?.has(id) === true
}

function streamFor(
  hub: StreamHub,
  lastId: string | undefined,
  reader: Reader,
): ReadableStream<Uint8Array> {
  let client: StreamClient
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(`retry: ${AGAIN_AFTER_MS}\n\n`))
        client = clientOf(controller, reader)
        hub.join(client, lastId)
      },
      cancel: () => hub.leave(client),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: PENDING_BYTES_MAX }),
  )
}

function clientOf(
  controller: ReadableStreamDefaultController<Uint8Array>,
  { admin, isIn, persons }: Reader,
): StreamClient {
  const write = (text: string): boolean => {
    if ((controller.desiredSize ?? 0) <= 0) return false
    controller.enqueue(encoder.encode(text))
    return true
  }
  return {
    admin,
    send: (events) => write(events.map((event) => textOf(event, persons)).join('')),
    ping: () => isIn() && write(PING),
    end() {
      if (controller.desiredSize !== null && controller.desiredSize > 0) controller.close()
      // Events that it did not read are not kept.
      else controller.error(new Error('the stream is not read'))
    },
  }
}

function textOf({ id, type, ...event }: StreamEvent, persons: boolean): string {
  const data = persons ? event.data : (event.forViewers ?? event.data)
  return `${id === '' ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`
}
