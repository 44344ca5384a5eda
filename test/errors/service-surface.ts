import { once } from 'node:events'
import {
  BODY_BYTES_MAX,
  createApp,
  createLogger,
  serveHttp,
  serveStarted,
  systemClock,
  type OnRefusal,
  type ServeOptions,
} from '@freshet/runtime'
import { sendRaw } from '@freshet/testkit'
import type { Provocations, Served } from './answers.ts'

/** A service whose routes are nothing special, and one that waits for its dependencies. */
export async function serviceSurface(): Promise<Served> {
  const ending = new AbortController()
  const { signal } = ending
  const logger = createLogger('test', 'silent')
  const metrics = async () => ({ contentType: 'text/plain', text: '' })
  const reported: string[] = []
  const onRefusal: OnRefusal = ({ code }) => void reported.push(code)
  const app = createApp({ logger, clock: systemClock, checks: {}, signal, metrics, onRefusal })
  app.get('/broken', () => {
    throw new Error('A defect.')
  })
  const server = await serveHttp({ app, onRefusal })
  const starting = await startingAt({ app, onRefusal }, signal)
  return {
    reported,
    provocations: provocationsAt(server.url, starting.url),
    async [Symbol.asyncDispose]() {
      ending.abort()
      await starting.ended
      await server.close()
    },
  }
}

/** A service whose start does not end before the signal. */
async function startingAt(
  served: Pick<ServeOptions, 'app' | 'onRefusal'>,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly ended: Promise<void> }> {
  const free = await serveHttp(served)
  await free.close()
  const { port, url } = free
  const logger = createLogger('test', 'silent')
  let ended = Promise.resolve()
  await new Promise<void>((listens) => {
    const start = async (): Promise<void> => {
      listens()
      await once(signal, 'abort')
      signal.throwIfAborted()
    }
    const started = serveStarted({ ...served, port, start, logger, timer: systemClock, signal })
    ended = started.then(
      () => {},
      () => {},
    )
  })
  return { url, ended }
}

function provocationsAt(url: string, startingUrl: string): Provocations {
  const head = (line: string, more = ''): Promise<Response> =>
    sendHead(url, `${line} HTTP/1.1\r\nhost: test\r\n${more}`)
  return {
    'request.malformed': () => head('GET //livez', 'connection: close\r\n\r\n'),
    'request.too-large': () => head('POST /livez', `content-length: ${BODY_BYTES_MAX + 1}\r\n\r\n`),
    'request.not-found': () => fetch(new URL('/nothing', url)),
    'request.method': () => fetch(new URL('/livez', url), { method: 'PUT' }),
    'invariant.broken': () => fetch(new URL('/broken', url)),
    'service.starting': () => fetch(new URL('/v1/anything', startingUrl)),
    // The head never ends: the answer comes after the limit of the server.
    'request.late': () => head('GET /livez'),
  }
}

/** Sends text as it is written, and reads the answer until the server closes the connection. */
async function sendHead(url: string, text: string): Promise<Response> {
  const received = await sendRaw(url, text)
  const [head = '', body = ''] = received.split('\r\n\r\n')
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? []
  const [, type = ''] = /\r\ncontent-type: ([^\r]+)/i.exec(head) ?? []
  return new Response(body, { status: Number(status), headers: { 'content-type': type } })
}
