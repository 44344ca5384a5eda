import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { addressKey } from '../http/address-key.ts'

/** Connections at a time; more are closed unanswered. */
export const CONNECTIONS_MAX = 4_096
/** Connections of one address at a time; more are closed unanswered, so that a quarter stays for others. */
export const CONNECTIONS_BY_ADDRESS_MAX = 3_072
/** Connections at a time that have sent no whole head yet; the oldest makes room for a new one. */
export const HEADLESS_MAX = 2_048
/** The same of one address. */
export const HEADLESS_BY_ADDRESS_MAX = 256

/** The bound that a closed connection met. */
export type RefusedConnection = 'half-head' | 'address' | 'all'

interface Peer {
  open: number
  /** The connections in the order in which they came. */
  readonly headless: Set<Socket>
}

/**
 * Bounds the connections of a server, over all and by address. A reverse proxy has one address and
 * many connections, so the tight bound counts only connections that have not sent a whole head. A
 * client that sends its head at once gives its place back at once, and is served beside a flood of
 * half heads from its own address: the flood evicts its own oldest connections.
 *
 * `onRefused` is called for each connection that is closed by a bound.
 */
export function boundConnections(
  server: Server,
  onRefused: (bound: RefusedConnection) => void = () => {},
): void {
  const peers = new Map<string, Peer>()
  const headless = new Map<Socket, Peer>()
  const rawOf = rawSockets(server)
  const settle = (shown: Socket | undefined): void => {
    if (shown === undefined) return
    const socket = rawOf(shown)
    headless.get(socket)?.headless.delete(socket)
    headless.delete(socket)
  }
  const makeRoom = (of: Pick<Peer['headless'], 'size' | 'keys'>, max: number): void => {
    if (of.size < max) return
    const { value: oldest } = of.keys().next()
    settle(oldest)
    oldest?.destroy()
    onRefused('half-head')
  }
  server.maxConnections = CONNECTIONS_MAX
  server.on('drop', () => onRefused('all'))
  server.on('connection', (socket: Socket) => {
    const key = addressKey(socket.remoteAddress)
    const peer = peers.get(key) ?? { open: 0, headless: new Set() }
    if (peer.open >= CONNECTIONS_BY_ADDRESS_MAX) {
      socket.destroy()
      return onRefused('address')
    }
    makeRoom(peer.headless, HEADLESS_BY_ADDRESS_MAX)
    makeRoom(headless, HEADLESS_MAX)
    peers.set(key, peer)
    peer.open += 1
    peer.headless.add(socket)
    headless.set(socket, peer)
    socket.once('close', () => {
      settle(socket)
      peer.open -= 1
      if (peer.open === 0) peers.delete(key)
    })
  })
  server.prependListener('request', ({ socket }) => settle(socket))
}

/**
 * Returns a function that returns the connection below the socket of a request. With TLS, the two are objects
 * of their own, and only the address and the port of the peer connect them.
 */
function rawSockets(server: Server): (shown: Socket) => Socket {
  if (!(server instanceof TlsServer)) return (shown) => shown
  const byPeer = new Map<string, Socket>()
  server.on('connection', (raw: Socket) => {
    const peer = peerOf(raw)
    byPeer.set(peer, raw)
    raw.once('close', () => byPeer.get(peer) === raw && byPeer.delete(peer))
  })
  return (shown) => byPeer.get(peerOf(shown)) ?? shown
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
