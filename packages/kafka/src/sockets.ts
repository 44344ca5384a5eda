import { connect as connectPlain, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { isLoopback } from '@freshet/domain/network'
import type { KafkaOptions, KafkaTls } from './settings.ts'

const KEEP_ALIVE_MS = 30_000

/** Part of what the library logs about a connection that we cut ourselves. */
export const CUT_TEXT = 'the session was closed'

interface SocketRequest {
  readonly host: string
  readonly port: number
  readonly onConnect: () => void
}

/** Codes of errors that are found here; the library passes them on. */
export const BROKER_SPEAKS_TLS = 'BROKER_SPEAKS_TLS'
export const BROKER_WANTS_SASL = 'BROKER_WANTS_SASL'
export const CLEAR_REFUSED = 'CLEAR_REFUSED'

/** What decides how a socket is opened. */
export type Transport = Pick<KafkaOptions, 'tls' | 'sasl' | 'allowPlaintext'>

/** The sockets of one session, so that they can be cut without waiting for answers. */
export interface SocketGroup {
  readonly open: (request: SocketRequest) => Socket
  /** Cuts every socket, and those still to come. Requests in flight fail at once. */
  readonly cut: () => void
}

/**
 * Sockets without Nagle's delay, which the library never turns off, and with keep-alive.
 */
export function socketGroup(transport: Transport): SocketGroup {
  const sockets = new Set<Socket>()
  let isCut = false
  return {
    open(request) {
      const socket = openSocket(request, transport)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (isCut) socket.destroy(cutError())
      return socket
    },
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy(cutError())
    },
  }
}

function openSocket(request: SocketRequest, transport: Transport): Socket {
  const tls = tlsOf(transport.tls)
  const socket = tls === undefined ? openPlain(request, transport) : openTls(request, tls)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  watchFirstAnswer(socket, transport)
  return socket
}

/** The first bytes of a TLS alert: its type, and a version that begins with 3. */
const TLS_ALERT = [0x15, 0x03] as const
const SIZE_BYTES = 4

/**
 * A broker that a client must not talk to in this way only closes the connection. Two cases show: one that
 * speaks TLS answers plain bytes by an alert, and one that wants SASL answers the first request, which
 * asks for versions, and nothing else.
 */
function watchFirstAnswer(socket: Socket, { tls, sasl }: Transport): void {
  let first: Buffer | undefined
  let received = 0
  const onData = (chunk: Buffer): void => {
    first ??= chunk
    received += chunk.length
    const isAlert = first[0] === TLS_ALERT[0] && first[1] === TLS_ALERT[1]
    if (tls === undefined && isAlert) socket.destroy(codedError(BROKER_SPEAKS_TLS))
    if (received > sizeOf(first)) socket.off('data', onData)
  }
  socket.on('data', onData)
  socket.once('end', () => {
    const isOneAnswer = first !== undefined && received === sizeOf(first)
    // At once: the library is called next, and would report a connection that was merely closed.
    if (sasl === undefined && isOneAnswer) socket.emit('error', codedError(BROKER_WANTS_SASL))
  })
}

/** How many bytes an answer has, by its first ones. */
function sizeOf(first: Buffer): number {
  return first.length < SIZE_BYTES ? Infinity : SIZE_BYTES + first.readInt32BE(0)
}

function codedError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function tlsOf(tls: Transport['tls']): KafkaTls | undefined {
  if (tls === true) return {}
  return typeof tls === 'function' ? tls() : tls
}

function openTls({ host, port, onConnect }: SocketRequest, tls: KafkaTls): Socket {
  const { serverName = isIP(host) === 0 ? host : undefined, ...material } = tls
  const name = serverName === undefined ? {} : { servername: serverName }
  return connectTls({ host, port, ...name, ...material }, onConnect)
}

/** Brokers advertise addresses of their own, which the configuration did not name. */
function openPlain(
  { host, port, onConnect }: SocketRequest,
  { allowPlaintext }: Transport,
): Socket {
  if (allowPlaintext === false && !isLoopback(host)) {
    return new Socket().destroy(codedError(CLEAR_REFUSED))
  }
  return connectPlain({ host, port }, onConnect)
}

/** The library listens for errors, not for closing: without one its requests would wait for ever. */
function cutError(): Error {
  return new Error(CUT_TEXT)
}
