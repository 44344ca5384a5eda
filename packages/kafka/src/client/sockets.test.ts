import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { socketGroup } from './sockets.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** Returns the port of a server that handles each connection by `answer`. */
async function portOf(answer: (socket: Socket) => void): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => {})
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const onConnect = (): void => {}

test('a port that speaks TLS is recognised by its alert', async () => {
  const port = await portOf((socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 80])))
  const socket = socketGroup({}).open({ host: '127.0.0.1', port, onConnect })
  expect(await once(socket, 'error')).toMatchObject([{ code: 'BROKER_SPEAKS_TLS' }])
})

test('a broker that closes after its first answer wants SASL', async () => {
  const port = await portOf((socket) => socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 1])))
  const socket = socketGroup({}).open({ host: '127.0.0.1', port, onConnect })
  expect(await once(socket, 'error')).toMatchObject([{ code: 'BROKER_WANTS_SASL' }])
})

test('one that closes after more answers only closes', async () => {
  const answers = Buffer.from([0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2])
  const port = await portOf((socket) => socket.end(answers))
  const socket = socketGroup({}).open({ host: '127.0.0.1', port, onConnect })
  socket.resume()
  expect(await once(socket, 'close')).toEqual([false])
})

test('no connection in clear leaves the machine where that is not accepted', async () => {
  const request = { host: 'k1.example', port: 9_092, onConnect }
  const socket = socketGroup({ allowPlaintext: false }).open(request)
  expect(await once(socket, 'error')).toMatchObject([{ code: 'CLEAR_REFUSED' }])
  expect(socket.connecting).toBe(false)
})

test('each connection uses the files as they are then', async () => {
  const port = await portOf((socket) => socket.destroy())
  const calls: string[] = []
  const tls = () => {
    calls.push('tls')
    return {}
  }
  const group = socketGroup({ tls })
  for (const times of [1, 2]) {
    await once(group.open({ host: '127.0.0.1', port, onConnect }), 'error')
    expect(calls).toHaveLength(times)
  }
})
