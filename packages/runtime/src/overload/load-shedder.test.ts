import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { statusOfRaw } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BODY_BYTES_MAX } from '../http/app.ts'
import { shedding, type RouteLimit } from './load-shedder.ts'
import { TAKEN_UP_MAX } from './in-turns.ts'
import { serveHttp, type HttpServer } from '../http/serve-http.ts'

const REFUSED = { status: 429, headers: ['retry-after', '7'], body: '{"refused":true}' }

let places: number
let inside: number
let served: string[]
let refusedAfterMs: number[]
let finish: () => void
let server: HttpServer
const sockets: Socket[] = []

beforeEach(async () => {
  places = 1
  inside = 0
  served = []
  refusedAfterMs = []
  const finished = new Promise<void>((resolve) => (finish = resolve))
  const limit: RouteLimit = {
    method: 'POST',
    path: '/token',
    enter() {
      if (inside >= places) return undefined
      inside += 1
      return () => void (inside -= 1)
    },
    refuse(waitedMs) {
      refusedAfterMs.push(waitedMs)
      return REFUSED
    },
  }
  const app = {
    async fetch(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url)
      served.push(pathname)
      const body = await request.text()
      if (body === 'wait') await finished
      return new Response(`served ${body}`)
    },
  }
  server = await serveHttp({ app, limit })
})
afterEach(async () => {
  finish()
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.close()
})

const post = (body: string, path = '/token', method = 'POST'): Promise<Response> =>
  fetch(server.url + path, { method, body })

/** One connection, and all that came on it. */
function connection() {
  const socket = connect(server.port, '127.0.0.1').setEncoding('latin1')
  sockets.push(socket)
  let received = ''
  socket.on('data', (part: string) => (received += part))
  const answers = (): readonly string[] =>
    [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)
  return { socket, answers, closed: once(socket, 'close'), text: () => received }
}
const head = (length: number | string): string =>
  `POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`

describe('a limit', () => {
  it('lets in while it has places, and has one again as soon as one is answered', async () => {
    const first = post('wait')
    await expect.poll(() => served).toHaveLength(1)
    expect((await post('b')).status).toBe(429)
    finish()
    expect(await (await first).text()).toBe('served wait')
    await expect.poll(() => inside).toBe(0)
    expect(await (await post('c')).text()).toBe('served c')
  })

  it('refuses with the answer that it has, before anything is asked of the application', async () => {
    places = 0
    const answer = await post('x'.repeat(1_000))
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(await answer.text()).toBe(REFUSED.body)
    expect(served).toEqual([])
    expect(refusedAfterMs).toHaveLength(1)
  })

  it('stands before its own route alone', async () => {
    places = 0
    const others: readonly (readonly [string, string])[] = [
      ['/token', 'PUT'],
      ['/tokens', 'POST'],
      ['/', 'POST'],
      ['/token/x', 'POST'],
    ]
    for (const [path, method] of others) {
      expect((await post('x', path, method)).status).toBe(200)
    }
    expect((await post('x', '/token?a=b')).status).toBe(429)
  })

  it('leaves no other way to its route', async () => {
    for (const target of ['/./token', '/%74oken', '/a/../token', '//token', '/token;a']) {
      expect(await statusOfRaw(server.url, `POST ${target}`)).toBe(400)
    }
    expect(served).toEqual([])
    expect(await statusOfRaw(server.url, 'POST /token')).toBe(200)
  })

  it('keeps the connection for the next request', async () => {
    places = 0
    const { socket, answers } = connection()
    const one = `${head(4)}body`
    socket.write(one)
    await expect.poll(answers).toEqual(['429'])
    places = 1
    socket.write(one)
    await expect.poll(answers).toEqual(['429', '200'])
    // In one part, the second of which is refused: in their order.
    socket.write(`${head(4)}wait${one}`)
    await expect.poll(() => refusedAfterMs).toHaveLength(2)
    finish()
    await expect.poll(answers).toEqual(['429', '200', '200', '429'])
  })

  it('refuses while the body is on its way, and drops what comes of it', async () => {
    places = 0
    const { socket, answers } = connection()
    socket.write(head(4))
    await expect.poll(answers).toEqual(['429'])
    socket.write('body')
    places = 1
    socket.write(`${head(4)}body`)
    await expect.poll(answers).toEqual(['429', '200'])
  })

  it.each([BODY_BYTES_MAX + 1, '1\r\ntransfer-encoding: chunked'])(
    'closes the connection where what is on its way may be large: %s',
    async (length) => {
      places = 0
      const { socket, answers, closed, text } = connection()
      const rest =
        typeof length === 'number'
          ? head(length)
          : head('').replace('content-length: ', 'transfer-encoding: chunked')
      socket.write(rest)
      await closed
      expect(answers()).toEqual(['429'])
      expect(text()).toContain('connection: close')
    },
  )

  it('gives no place to what has not come whole', async () => {
    const slow = connection()
    slow.socket.write(head(4))
    await expect.poll(() => served).toHaveLength(1)
    expect((await post('a')).status).toBe(200)
    slow.socket.write('slow')
    await expect.poll(slow.answers).toEqual(['200'])
  })

  it('has the place again of a client that went away', async () => {
    const gone = connection()
    gone.socket.write(`${head(4)}wait`)
    await expect.poll(() => inside).toBe(1)
    gone.socket.destroy()
    await expect.poll(() => inside).toBe(0)
  })

  it('keeps no place for a client that goes away at any moment', async () => {
    places = 10
    for (let n = 0; n < 20; n += 1) {
      const gone = connection()
      await once(gone.socket, 'connect')
      gone.socket.write(`${head(4)}wait${head(4)}wait`)
      // At once, in the next turn, or once it is inside.
      if (n % 3 === 1) await new Promise((resolve) => setImmediate(resolve))
      if (n % 3 === 2) await expect.poll(() => inside).toBeGreaterThan(0)
      gone.socket.destroy()
      await gone.closed
      await expect.poll(() => inside).toBe(0)
    }
  })

  it('gives no place to what waits behind another on its connection', async () => {
    places = 10
    const { socket } = connection()
    socket.write(`${head(4)}wait${head(4)}wait`)
    await expect.poll(() => served).toHaveLength(2)
    expect(inside).toBe(1)
  })
})

describe('a crowd that is refused', () => {
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const arrival = (method: string, url: string) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method, url })
    return { request, answer: new ServerResponse(request) }
  }

  it('delays no other work: others are taken up first, and some of it in each turn beside them', async () => {
    const taken: unknown[] = []
    let refused = 0
    const full: RouteLimit = {
      method: 'POST',
      path: '/token',
      enter: () => undefined,
      refuse() {
        refused += 1
        return REFUSED
      },
    }
    const listener = shedding(full, ({ url }) => taken.push(url), { monotonicMs: () => 0 })
    const crowd = Array.from({ length: 2 * TAKEN_UP_MAX + 1 }, () => arrival('POST', '/token'))
    for (const { request, answer } of [...crowd, arrival('GET', '/livez')])
      listener(request, answer)
    await nextTurn()
    expect([taken, refused]).toEqual([['/livez'], 0])
    for (const expected of [TAKEN_UP_MAX, 2 * TAKEN_UP_MAX, crowd.length]) {
      await nextTurn()
      expect(refused).toBe(expected)
    }
    expect(crowd.map(({ answer }) => answer.statusCode)).toEqual(crowd.map(() => 429))
  })
})
