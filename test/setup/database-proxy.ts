import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A network between a service and its database. It can be lost, and it can hang. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The URL that the service has in place of that of the database. */
  readonly url: string
  /** Returns how often a statement of that name was sent. */
  readonly sent: (statement: string) => number
  /** Forwards nothing until `resume`. Connections stay open, and new ones are accepted. */
  readonly hang: () => void
  readonly resume: () => void
  /** Closes all connections and accepts no new one until `reopen`. */
  readonly close: () => Promise<void>
  readonly reopen: () => Promise<void>
}

/** Starts a proxy in front of a database on loopback. */
export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { hostname: host, port: meant } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let [isHung, sent, port, server] = [false, '', 0, undefined as Server | undefined]
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  }
  const forward = (client: Socket): void => {
    const upstream = keep(connect({ host, port: Number(meant) }))
    client.on('data', (bytes) => (sent += bytes.toString('latin1')))
    client.pipe(upstream)
    upstream.pipe(client)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    if (isHung) for (const socket of [client, upstream]) socket.pause()
  }
  const open = async (): Promise<void> => {
    server = createServer((client) => forward(keep(client))).listen(port, host)
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const close = async (): Promise<void> => {
    const closed = server === undefined ? undefined : once(server.close(), 'close')
    for (const socket of sockets) socket.destroy()
    await closed
    server = undefined
  }
  await open()
  return {
    url: Object.assign(new URL(databaseUrl), { port: `${port}` }).href,
    sent: (statement) => sent.split(`\0${statement}\0`).length - 1,
    hang: () => {
      isHung = true
      for (const socket of sockets) socket.pause()
    },
    resume: () => {
      isHung = false
      for (const socket of sockets) socket.resume()
    },
    close,
    reopen: open,
    [Symbol.asyncDispose]: close,
  }
}
