import { once } from 'node:events'
import { createServer, STATUS_CODES, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import { FreshetError } from '@freshet/domain'
import { behindDoor, type Door } from './door.ts'
import { inTurns, type TakeUp } from './in-turns.ts'
import { problemOf } from './problem.ts'
import { systemClock } from './system-clock.ts'

/** All headers of a request together; above it 413. */
export const HEADER_BYTES_MAX: number = 16 * 1_024
/** A request must have arrived whole within this. */
export const REQUEST_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 5_000
/** More connections at a time are closed unanswered. */
const CONNECTIONS_MAX = 4_096
/** How long answers under way may take once the server closes. */
const DRAIN_MS = 5_000

/** Where and what to serve. */
export interface ServeOptions {
  /** Its `env` has `waitedMs`: how long the request waited until it was taken up. */
  readonly app: { fetch(request: Request, env: object): Response | Promise<Response> }
  /** Stands before one of its routes. */
  readonly door?: Door
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /**
   * A connection on which nothing moves for so long is cut, as that of a client that asks and never
   * reads. Default: none is, because a stream of events may be quiet.
   */
  readonly quietMsMax?: number
}

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Takes no more requests, gives those under way 5 s, then cuts them. Idempotent. */
  close(): Promise<void>
}

/**
 * Resolves when the port accepts connections.
 *
 * @throws `config.invalid` when the address is taken or not allowed
 */
export async function serveHttp(options: ServeOptions): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1'
  const server = makeServer(options)
  try {
    server.listen(options.port ?? 0, host)
    await once(server, 'listening')
  } catch (cause) {
    const message = `Cannot listen on ${host}, port ${String(options.port ?? 0)}.`
    throw new FreshetError('config.invalid', message, { cause })
  }
  const { port } = server.address() as AddressInfo
  const authority = host.includes(':') ? `[${host}]` : host
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= drain(server))
  return { url: `http://${authority}:${port}`, port, close, [Symbol.asyncDispose]: close }
}

function makeServer({ app, door, quietMsMax = 0 }: ServeOptions): Server {
  const serverOptions = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Refused by us, with a problem, as every request that makes no URL.
    requireHostHeader: false,
  }
  const waits = new WeakMap<object, number>()
  const fetch = (request: Request, { incoming }: { readonly incoming: object }) =>
    app.fetch(request, { waitedMs: waits.get(incoming) })
  const handle = getRequestListener(fetch, { errorHandler: refuseUnreadable })
  const takeUp: TakeUp = (request, answer, waitedMs) => {
    waits.set(request, waitedMs)
    void handle(request, answer)
  }
  const listener =
    door === undefined ? inTurns(takeUp, systemClock) : behindDoor(door, takeUp, systemClock)
  const server = createServer(serverOptions, listener)
  server.maxConnections = CONNECTIONS_MAX
  server.timeout = quietMsMax
  server.on('clientError', refuse)
  return server
}

/** A request that is HTTP, and whose target or `host` makes no URL. */
function refuseUnreadable(error: unknown): Response {
  const cause = error instanceof RequestError ? error : undefined
  const problem = problemOf(
    cause ? new FreshetError('request.malformed', `${cause.message}.`, { cause }) : error,
  )
  const headers = { 'content-type': 'application/problem+json' }
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

/** What Node's parser refuses never reaches the application. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return
  const problem = problemOf(refusalOf(error))
  const reason = STATUS_CODES[problem.status] ?? ''
  const body = JSON.stringify(problem)
  const head = `content-type: application/problem+json\r\ncontent-length: ${body.length}`
  socket.end(`HTTP/1.1 ${problem.status} ${reason}\r\n${head}\r\nconnection: close\r\n\r\n${body}`)
}

function refusalOf({ code }: NodeJS.ErrnoException): FreshetError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new FreshetError('request.too-large', `Headers hold at most ${HEADER_BYTES_MAX} bytes.`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const message = `A request must have arrived whole within ${REQUEST_TIMEOUT_MS} ms.`
    return new FreshetError('request.late', message)
  }
  return new FreshetError('request.malformed', 'This is not an HTTP request.')
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearTimeout(cut)
}
