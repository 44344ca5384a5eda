import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { FreshetError } from '@freshet/domain'

/**
 * Below the range that systems hand out to outgoing connections: a service that is stopped and
 * started again finds its port free.
 */
const RANGE = { from: 20_000, to: 30_000 } as const
const ATTEMPTS_MAX = 200

/** Ports on loopback that nobody listens on now, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt === ATTEMPTS_MAX) {
      const range = `${RANGE.from} to ${RANGE.to}`
      throw new FreshetError('config.invalid', `No ${count} free ports found from ${range}.`)
    }
    const port = randomInt(RANGE.from, RANGE.to)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
