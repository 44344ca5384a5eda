import { createServer } from 'node:net'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KAFKA_VERSION } from './jars.ts'
import { nodePorts, newClusterId, serverSettings } from './node-config.ts'
import { isBrokerReady } from './probe.ts'

test('the node listens on loopback only and creates no topic by itself', () => {
  const settings = serverSettings('/dir', { broker: 1, controller: 2 })
  expect(settings['listeners']).toBe('PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2')
  expect(settings).toMatchObject({
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:1',
    'auto.create.topics.enable': 'false',
    'log.dirs': '/dir/data',
  })
})

test('the version in the code is the one that the pom pins', () => {
  const pom = readFileSync(new URL('../pom.xml', import.meta.url), 'utf8')
  expect(pom).toContain(`<kafka.version>${KAFKA_VERSION}</kafka.version>`)
})

test('cluster ids are 16 bytes in base64url and never look like an option', () => {
  for (let turn = 0; turn < 200; turn++) {
    const id = newClusterId()
    expect(Buffer.from(id, 'base64url')).toHaveLength(16)
    expect(id).toMatch(/^[^-]/)
  }
})

test('broker and controller get different free ports', async () => {
  const ports = await nodePorts()
  expect(ports.broker).not.toBe(ports.controller)
})

/** A port that accepts connections and answers each request with the given bytes, or not at all. */
async function answering(answer: Buffer | null): Promise<{ port: number; close: () => void }> {
  const server = createServer((socket) => {
    socket.on('data', () => (answer ? socket.write(answer) : socket.destroy()))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, close: () => server.close() }
}

function metadataAnswer(brokers: number): Buffer {
  const answer = Buffer.alloc(12)
  answer.writeInt32BE(8, 0)
  answer.writeInt32BE(1, 4)
  answer.writeInt32BE(brokers, 8)
  return answer
}

test.each([
  ['names a live broker', metadataAnswer(1), true],
  ['names none yet', metadataAnswer(0), false],
  ['closes the connection', null, false],
] as const)('a port that %s is ready: %o', async (_what, answer, ready) => {
  const server = await answering(answer)
  expect(await isBrokerReady(server.port)).toBe(ready)
  server.close()
})

test('a closed port is not ready', async () => {
  const { broker } = await nodePorts()
  expect(await isBrokerReady(broker)).toBe(false)
})
