import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import { FreshetError } from '@freshet/protocol'
import { boundConnections, type RefusedConnection } from '../overload/bound-connections.ts'
import { shedding, type RouteLimit } from '../overload/load-shedder.ts'
import { inTurns, type TakeUp } from '../overload/in-turns.ts'
import {
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  refuseOtherForms,
  refuseUnparsed,
  refuseUnreadable,
  HTTP_REQUEST_TIMEOUT_MS,
} from './refusals.ts'
import type { ListenerTls } from './listener-tls.ts'
import type { OnRefusal } from './refused-request.ts'
import type { RequestEnv } from './request-env.ts'
import { systemClock } from '../system-clock.ts'

const KEEP_ALIVE_MS = 5_000
/** Node looks for late requests so often: its own 30 s would let half a body live for 40 s. */
const CHECKED_EVERY_MS = 1_000
/** A client has this long for its part of a TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 5_000
/** The time that answers under way have once the server closes. */
const DRAIN_MS = 5_000

/** Options of serving. */
export interface ServeOptions {
  readonly app: { fetch(request: Request, env: RequestEnv): Response | Promise<Response> }
  /** Stands before one of its routes. */
  readonly limit?: RouteLimit
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** The certificate of the port. Absent: plain HTTP. */
  readonly tls?: ListenerTls | undefined
  /**
   * A connection on which nothing moves for so long is cut, as that of a client that asks and never
   * reads. Default: none is, because a stream of events may be quiet.
   */
  readonly quietMsMax?: number
  /** Called for each connection that a bound closed, with the bound. */
  readonly onRefused?: (bound: RefusedConnection) => void
  /** Called with every request that is refused before the application has it. */
  readonly onRefusal?: OnRefusal
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
  const scheme = options.tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://${authority}:${port}`, port, close, [Symbol.asyncDispose]: close }
}

function makeServer(options: ServeOptions): Server {
  const { app, limit, tls, quietMsMax = 0, onRefused, onRefusal } = options
  const serverOptions = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: HTTP_REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECKED_EVERY_MS,
    // Refused by us, with a problem, as every request that makes no URL.
    requireHostHeader: false,
  }
  const waits = new WeakMap<object, number>()
  const refused = new WeakSet<Socket>()
  const fetch = (request: Request, env: HttpBindings | Http2Bindings) => {
    // This server supports HTTP/1.1 only.
    const incoming = env.incoming as IncomingMessage
    const { socket } = incoming
    const onAnswered = (wasRefused: boolean) => refused[wasRefused ? 'add' : 'delete'](socket)
    return app.fetch(request, { incoming, waitedMs: waits.get(incoming), onAnswered })
  }
  const errorHandler = (error: unknown): Response => refuseUnreadable(error, onRefusal)
  const handle = getRequestListener(fetch, { errorHandler })
  const takeUp: TakeUp = (request, answer, waitedMs) => {
    waits.set(request, waitedMs)
    void handle(request, answer)
  }
  const listener =
    limit === undefined
      ? inTurns(takeUp, systemClock, refused)
      : shedding(limit, takeUp, systemClock, refused)
  const guarded = refuseOtherForms(listener, onRefusal)
  const server =
    tls === undefined
      ? createServer(serverOptions, guarded)
      : tlsServer(tls, serverOptions, guarded)
  boundConnections(server, onRefused)
  server.timeout = quietMsMax
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuseUnparsed(error, socket, onRefusal)
  })
  return server
}

function tlsServer(
  tls: ListenerTls,
  serverOptions: ServerOptions,
  listener: RequestListener,
): Server {
  const handshake = { minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS } as const
  const server = createTlsServer({ ...serverOptions, ...handshake, ...tls.current() }, listener)
  tls.follow((pair) => server.setSecureContext({ ...handshake, ...pair }))
  return server
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearTimeout(cut)
}
