import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createKafka, type Kafka } from '@freshet/kafka'
import { afterEach, describe, expect, it } from 'vitest'

const BOUND_MS = 18_000
const record = { key: null, value: Buffer.from('x'), headers: {} }

let kafka: Kafka
let server: Server | undefined
const sockets: Socket[] = []

afterEach(async () => {
  await kafka.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
  server = undefined
})

/** Returns a port without a listener, or one whose listener accepts everything and answers nothing. */
async function portOf(kind: 'absent' | 'slow'): Promise<number> {
  server = createServer((socket) => void sockets.push(socket.resume()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Object(server.address())['port'] as number
  if (kind === 'absent') {
    server.close()
    await once(server, 'close')
  }
  return port
}

describe.each([
  ['absent', /there is no connection to the broker/],
  // While the client connects, a broker that does not answer counts as absent.
  ['slow', /the broker did not answer in time|there is no connection to the broker/],
] as const)('Kafka %s', (kind, reason) => {
  it(
    'is an error that names what was asked and why it failed, within a bound, and loses nothing silently',
    async () => {
      const brokers = [`127.0.0.1:${await portOf(kind)}`]
      kafka = createKafka({ brokers, clientId: 'bad-days' })
      const failing = [kafka.check(), kafka.writer().append('freshet.changes.v1', 0, [record])]
      for (const outcome of await Promise.allSettled(failing)) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { code: 'broker.unavailable' },
        })
        expect(String(Object(outcome)['reason'])).toMatch(reason)
      }
    },
    BOUND_MS,
  )
})
