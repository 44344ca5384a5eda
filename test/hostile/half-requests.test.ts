import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HEADERS_TIMEOUT_MS,
  HTTP_REQUEST_TIMEOUT_MS,
} from '../../packages/runtime/src/http/refusals.ts'
import {
  plansWithoutStores,
  startService,
  untilLive,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'
import { lateServer, whoCuts } from '../setup/who-cuts.ts'

/** More connections than a server holds of all clients together. */
const CONNECTIONS = 4_200
/** The connections of one address that sent no whole head. */
const LEFT_MAX = 256
const HALF_HEAD = 'GET /livez HTTP/1.1\r\nhost: a\r\n'
const FROM = { attacker: '127.0.0.1', other: '127.0.0.2' } as const

let plans: PlansWithoutStores
let sidecar: StartedService
const sockets: Socket[] = []

beforeAll(async () => {
  plans = await plansWithoutStores()
  sidecar = startService(plans.of('sidecar'))
  await untilLive(sidecar)
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await sidecar.end()
  await plans[Symbol.asyncDispose]()
})

/** Opens a connection and sends half a head on it. */
async function halfHead(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: FROM.attacker })
  // Without reading, the answer keeps the socket open at this end.
  socket.on('error', () => undefined).resume()
  sockets.push(socket)
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  socket.write(HALF_HEAD)
}

function statusFrom(localAddress: string, agent?: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    get(`${sidecar.url}/livez`, { localAddress, ...(agent && { agent }) }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    }).once('error', ({ message }) => resolve(message))
  })
}

describe.runIf(process.platform === 'linux')('thousands of half heads from one address', () => {
  it('keep out neither others, nor who asks from that address, nor who is connected', async () => {
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await statusFrom(FROM.attacker, kept)).toBe(200)
    const port = Number(new URL(sidecar.url).port)
    for (let sent = 0; sent < CONNECTIONS; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => halfHead(port)))
      expect(await statusFrom(FROM.attacker, kept)).toBe(200)
    }
    expect(await statusFrom(FROM.other)).toBe(200)
    expect(await statusFrom(FROM.attacker)).toBe(200)
    const open = (): number =>
      sockets.filter(({ closed, destroyed }) => !closed && !destroyed).length
    await expect.poll(open).toBeLessThanOrEqual(LEFT_MAX)
    const metrics = await (await fetch(`${sidecar.url}/metrics`)).text()
    const [, refused] =
      /^freshet_connections_refused_total{reason="half-head"} (\d+)$/m.exec(metrics) ?? []
    // A half head that its own time limit ended first is not counted.
    expect(Number(refused)).toBeGreaterThan(0)
    expect(Number(refused)).toBeLessThanOrEqual(CONNECTIONS)
    kept.destroy()
  })
})

describe('a request that does not arrive whole', () => {
  it.concurrent.each([
    ['half a head', HALF_HEAD],
    ['half a body', 'POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n{'],
  ])('is cut with 408 within 2 s of its limit: %s', async (_, text) => {
    const { order, answer } = await whoCuts(sidecar.url, text)
    expect(order).toEqual(['shorter', 'service'])
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*request\.late/s)
  })

  it.concurrent('control: is cut later by a server that looks seldom', async () => {
    const limits = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HTTP_REQUEST_TIMEOUT_MS }
    await using seldom = await lateServer({ ...limits, connectionsCheckingInterval: 9_000 })
    const { order } = await whoCuts(seldom.url, HALF_HEAD)
    expect(order).toEqual(['shorter', 'longer', 'service'])
  })
})
