import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

const KEEP_ALIVE_MS = 30_000

/** Part of what the library logs about a connection that we cut ourselves. */
export const CUT_TEXT = 'the session was closed'

interface SocketRequest {
  readonly host: string
  readonly port: number
  readonly ssl: ConnectionOptions | null | undefined
  readonly onConnect: () => void
}

/** The sockets of one session, so that they can be cut without waiting for answers. */
export interface SocketGroup {
  readonly open: (request: SocketRequest) => Socket
  /** Cuts every socket, and those still to come. Requests in flight fail at once. */
  readonly cut: () => void
}

/**
 * Sockets without Nagle's delay, which the library never turns off, and with keep-alive.
 */
export function socketGroup(): SocketGroup {
  const sockets = new Set<Socket>()
  let isCut = false
  return {
    open(request) {
      const socket = openSocket(request)
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

function openSocket({ host, port, ssl, onConnect }: SocketRequest): Socket {
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  return socket
}

/** The library listens for errors, not for closing: without one its requests would wait for ever. */
function cutError(): Error {
  return new Error(CUT_TEXT)
}
