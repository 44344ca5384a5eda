import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const PROBE_EVERY_MS = 250
const PROBE_WITHIN_MS = 1_000

/** The replicas of a service behind one address. */
export interface Balanced {
  readonly port: number
  readonly replicas: readonly number[]
  /** True if all connections go to the first replica that is ready, as for the sessions of a console. */
  readonly isSticky: boolean
}

/**
 * Listens on the address of a service and hands each connection to a replica that answers 200 at `/readyz`, in
 * turn. If none does, it tries all of them. As a balancer of connections, it repeats no request.
 */
export async function startBalancer(balanced: Balanced): Promise<AsyncDisposable> {
  const ready = new Set<number>(balanced.replicas)
  const sockets = new Set<Socket>()
  const stop = new AbortController()
  let turn = 0

  const order = (): readonly number[] => {
    const all = balanced.replicas.toSorted((a, b) => Number(ready.has(b)) - Number(ready.has(a)))
    const best = all.filter((port) => ready.has(port))
    if (balanced.isSticky || best.length < 2) return all
    turn += 1
    return all.map((_, at) => all[(at + turn) % all.length] ?? 0)
  }
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  const join = async (client: Socket): Promise<void> => {
    keep(client)
    client.on('error', () => client.destroy())
    const replica = await firstOpen(order())
    if (replica === undefined) return void client.destroy()
    keep(replica)
    replica.on('error', () => client.destroy())
    replica.once('close', () => client.destroy())
    client.once('close', () => replica.destroy())
    client.pipe(replica)
    replica.pipe(client)
  }
  const watch = async (port: number): Promise<void> => {
    while (!stop.signal.aborted) {
      if (await isReady(port)) ready.add(port)
      else ready.delete(port)
      await wait(PROBE_EVERY_MS)
    }
  }
  const server = createServer((client) => void join(client))
  server.listen(balanced.port, '127.0.0.1')
  await once(server, 'listening')
  const watching = balanced.replicas.map(watch)
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all([closed, ...watching])
    },
  }
}

async function firstOpen(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    if (isOpen) return socket
  }
  return undefined
}

async function isReady(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(PROBE_WITHIN_MS)
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal }).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.status === 200
}
