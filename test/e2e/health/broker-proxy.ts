import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'

/** A network between clients and a broker. It can lose every byte, as a cut cable does. */
export interface BrokerProxy extends AsyncDisposable {
  /** The address that clients have in place of that of the broker. */
  readonly address: string
  /** Forwards nothing from now on. Connections stay open, and new ones are accepted. */
  readonly cut: () => void
}

/**
 * Starts a proxy in front of a broker on loopback. The broker advertises its own address to clients, so the proxy
 * puts its port in the place of that of the broker.
 */
export async function brokerProxy(broker: string): Promise<BrokerProxy> {
  const { hostname: host, port } = new URL(`kafka://${broker}`)
  const sockets = new Set<Socket>()
  let isCut = false
  let own: Buffer = Buffer.alloc(0)
  const meant = addressBytes(host, Number(port))
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    keep(client)
    if (isCut) return
    const upstream = keep(connect({ host, port: Number(port) }))
    client.pipe(upstream)
    upstream.pipe(new Replaced(meant, own)).pipe(client)
    for (const [ended, other] of [[client, upstream] as const, [upstream, client] as const])
      ended.once('close', () => isCut || other.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: ownPort } = server.address() as AddressInfo
  own = addressBytes(host, ownPort)
  return {
    address: `${host}:${ownPort}`,
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** The address of a broker as Kafka writes it: the text of the host, and the port in four bytes. */
function addressBytes(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(host.length + 4)
  bytes.write(host, 'latin1')
  bytes.writeInt32BE(port, host.length)
  return bytes
}

/** Replaces bytes by others of the same length, also where a chunk ends within them. */
class Replaced extends Transform {
  readonly #from: Buffer
  readonly #to: Buffer
  #rest: Buffer = Buffer.alloc(0)

  constructor(from: Buffer, to: Buffer) {
    super()
    this.#from = from
    this.#to = to
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const bytes = Buffer.concat([this.#rest, chunk])
    let at = bytes.indexOf(this.#from)
    while (at >= 0) {
      this.#to.copy(bytes, at)
      at = bytes.indexOf(this.#from, at + this.#from.length)
    }
    const kept = this.#begunIn(bytes)
    this.#rest = bytes.subarray(bytes.length - kept)
    done(null, bytes.subarray(0, bytes.length - kept))
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rest)
  }

  /** Returns the number of bytes at the end with which the searched ones begin. */
  #begunIn(bytes: Buffer): number {
    for (let count = this.#from.length - 1; count > 0; count -= 1) {
      if (bytes.subarray(-count).equals(this.#from.subarray(0, count))) return count
    }
    return 0
  }
}
