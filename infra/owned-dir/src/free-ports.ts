import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const HOST = '127.0.0.1'
/**
 * Below the range that systems hand out to outgoing connections: a server that is stopped and
 * started again finds its port free.
 */
const RANGE = { from: 20_000, to: 30_000 } as const
const ATTEMPTS_MAX = 200

/**
 * Different ports on loopback on which no process listens. A datagram socket of the same number holds
 * each of them until this process ends. So no other call gives it away, in this process or another.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let attempt = 0; found.length < count; attempt++) {
    if (attempt === ATTEMPTS_MAX) {
      throw new Error(`No ${count} free ports were found from ${RANGE.from} to ${RANGE.to}.`)
    }
    const port = randomInt(RANGE.from, RANGE.to)
    if ((await hold(port)) && (await isFree(port))) found.push(port)
  }
  return found
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

/** The system gives the number to one holder, and frees it with the process, however that ends. */
function hold(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const holder = createSocket('udp4').unref()
    holder.once('error', () => holder.close(() => resolve(false)))
    holder.bind({ port, address: HOST, exclusive: true }, () => resolve(true))
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, HOST, () => server.close(() => resolve(true)))
  })
}
