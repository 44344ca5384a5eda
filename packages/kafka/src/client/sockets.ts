import { connect as connectPlain, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { isLoopback } from '@freshet/protocol/network'
import type { KafkaOptions, KafkaTls } from './settings.ts'

const KEEP_ALIVE_MS = 30_000

/** A part of the library's log line about a connection that this client cut itself. */
export const CUT_TEXT = 'the session was closed'

interface SocketRequest {
  readonly host: string
  readonly port: number
  readonly onConnect: () => void
}

/** The codes of errors that this file finds. The library passes them on. */
export const BROKER_SPEAKS_TLS = 'BROKER_SPEAKS_TLS'
export const BROKER_WANTS_SASL = 'BROKER_WANTS_SASL'
export const CLEAR_REFUSED = 'CLEAR_REFUSED'

/** The options that decide how a socket is opened. */
export type Transport = Pick<KafkaOptions, 'tls' | 'sasl' | 'allowPlaintext'>

/** The sockets of one session. They can be cut without waiting for answers. */
export interface SocketGroup {
  readonly open: (request: SocketRequest) => Socket
  /** Cuts every socket, also each one that is opened later. Requests in flight fail at once. */
  readonly cut: () => void
}

/** Creates sockets with keep-alive and without Nagle's delay, which the library never turns off. */
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
 * Detects two cases in which the client uses the wrong protocol, and the broker only closes the connection. A
 * broker with TLS answers plain bytes with an alert. A broker with SASL answers the first request, which asks
 * for versions, and nothing else.
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
    // The error must come at once: the library's listener is next and would report a plainly closed
    // connection.
    if (sasl === undefined && isOneAnswer) socket.emit('error', codedError(BROKER_WANTS_SASL))
  })
}

/** Returns the number of bytes of an answer, from its first bytes. */
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

/**
 * Opens a socket without TLS. The check is here because brokers advertise addresses that the configuration
 * does not name.
 */
function openPlain(
  { host, port, onConnect }: SocketRequest,
  { allowPlaintext }: Transport,
): Socket {
  if (allowPlaintext === false && !isLoopback(host)) {
    return new Socket().destroy(codedError(CLEAR_REFUSED))
  }
  return connectPlain({ host, port }, onConnect)
}

/**
 * Returns the error for a cut socket. The library listens for errors, not for closing: without an error its
 * requests would wait for ever.
 */
function cutError(): Error {
  return new Error(CUT_TEXT)
}
