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

/** What decides how a socket is opened. */
export type Transport = Pick<KafkaOptions, 'tls' | 'allowPlaintext'>

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
  return socket
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
  if (allowPlaintext === false && !isLoopback(host)) return new Socket().destroy(plainError(host))
  return connectPlain({ host, port }, onConnect)
}

function plainError(host: string): Error {
  return new Error(`${host} is not on loopback, and TLS is off`)
}

/** The library listens for errors, not for closing: without one its requests would wait for ever. */
function cutError(): Error {
  return new Error(CUT_TEXT)
}
