import { once } from 'node:events'
import { connect } from 'node:net'
import { FreshetError } from '@freshet/protocol'
import { ManualClock, sendRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answersInOrder } from '../../../../test/setup/answers-in-order.ts'
import { BODY_BYTES_MAX, createApp, type AnsweredRequest } from './app.ts'
import { createLogger } from '../logger.ts'
import { HEADER_BYTES_MAX } from './refusals.ts'
import type { RequestEnv } from './request-env.ts'
import { serveHttp, type HttpServer } from './serve-http.ts'

const LARGE = 2 * BODY_BYTES_MAX
const answered: AnsweredRequest[] = []
const ending = new AbortController()
let databaseIsUp = true
let server: HttpServer

beforeAll(async () => {
  const app = createApp({
    logger: createLogger('test', 'silent'),
    clock: new ManualClock(),
    signal: ending.signal,
    checks: {
      kafka: () => {},
      database: () => {
        if (!databaseIsUp) throw new Error('refused')
      },
    },
    notices: {
      mail: () => {
        throw new Error('away')
      },
    },
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'up 1\n' }),
    onAnswer: (request) => void answered.push(request),
    bodyBytesMax: new Map([['POST /large', LARGE]]),
  })
  app.post('/echo', async (c) => c.text(await c.req.text()))
  app.post('/large', async (c) => c.text(await c.req.text()))
  app.get('/items/:id', (c) => c.json({ id: c.req.param('id') }))
  app.get('/late', () => {
    throw new FreshetError('database.unavailable', 'No answer from Postgres: read-items.')
  })
  app.get('/fault', () => {
    throw new TypeError('secret of the implementation')
  })
  server = await serveHttp({ app })
})
afterAll(() => server.close())

const get = (path: string): Promise<Response> => fetch(server.url + path)

describe('createApp', () => {
  it('answers an error with problem+json and its code', async () => {
    const answer = await get('/late')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({ code: 'database.unavailable', status: 503 })
  })

  it('hides a fault of ours', async () => {
    const answer = await get('/fault')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret')
  })

  it('answers an unknown route with a problem', async () => {
    expect(await (await get('/nothing')).json()).toMatchObject({ code: 'request.not-found' })
  })

  it('answers a method that the route has not with 405 and those that it has', async () => {
    const answer = await fetch(`${server.url}/echo`, { method: 'PUT', body: 'x' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'request.method', status: 405 })
  })

  it('disregards Accept, as a proxy hands on what a browser sent for something else', async () => {
    const answer = await fetch(`${server.url}/items/17`, { headers: { accept: 'image/png' } })
    expect(answer.status).toBe(200)
    const refused = await fetch(`${server.url}/nothing`, { headers: { accept: 'text/html' } })
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
  })

  it.each([
    [BODY_BYTES_MAX, 200],
    [BODY_BYTES_MAX + 1, 413],
  ])('answers a body of %i bytes with %i', async (size, status) => {
    const body = 'x'.repeat(size)
    const answer = await fetch(`${server.url}/echo`, { method: 'POST', body })
    expect(answer.status).toBe(status)
  })

  it('counts a body without a declared length as it arrives', async () => {
    const chunk = new Uint8Array(BODY_BYTES_MAX)
    const body = ReadableStream.from([chunk, chunk])
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await fetch(`${server.url}/echo`, init)).status).toBe(413)
  })

  it.each([
    ['/large', LARGE, 200],
    ['/large', LARGE + 1, 413],
    ['/large/', LARGE, 413],
    ['/echo?large', LARGE, 413],
  ])('has a limit for each route: %s, %i bytes, %i', async (path, size, status) => {
    const body = new Uint8Array(size)
    const answer = await fetch(server.url + path, { method: 'POST', body })
    expect(answer.status).toBe(status)
    const streamed = { method: 'POST', body: ReadableStream.from([body]), duplex: 'half' }
    expect((await fetch(server.url + path, streamed as RequestInit)).status).toBe(status)
  })

  it.each([
    ['behind that of another connection, if theirs were refused before', '/late', true],
    ['before it, if theirs were served (control)', '/items/1', false],
  ])('takes up the requests of forty connections %s', async (_, before, isBehind) => {
    const others = Array.from({ length: 40 }, () => ({ first: before, second: '/nothing' }))
    const one = { first: '/items/1', second: '/items/1' }
    const statuses = await answersInOrder(server.url, [...others, one])
    expect(statuses.toSorted((a = 0, b = 0) => a - b)).toEqual([200, ...others.map(() => 404)])
    expect(statuses.indexOf(200) < others.length / 2).toBe(isBehind)
  })

  it('has the pattern of the route, not the path', async () => {
    await get('/items/17')
    expect(answered.at(-1)).toMatchObject({ route: '/items/:id', method: 'GET', status: 200 })
  })

  it('serves the metrics', async () => {
    expect(await (await get('/metrics')).text()).toBe('up 1\n')
  })
})

describe('health', () => {
  it('is ready while every check holds, and names the one that does not', async () => {
    expect((await get('/readyz')).status).toBe(200)
    expect(await (await get('/readyz?verbose')).text()).toContain('[+] kafka ok')
    databaseIsUp = false
    const answer = await get('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('[-] database failed: refused')
    expect((await get('/readyz?exclude=database')).status).toBe(200)
    expect((await get('/readyz/database')).status).toBe(503)
    expect((await get('/readyz/kafka')).status).toBe(200)
    expect((await get('/readyz/other')).status).toBe(404)
    databaseIsUp = true
  })

  it('is ready whatever its notices find, and shows them where it is asked for all', async () => {
    expect(await (await get('/readyz')).text()).toBe('ok\n')
    const verbose = await get('/readyz?verbose')
    expect([verbose.status, await verbose.text()]).toEqual([
      200,
      expect.stringContaining('[!] mail failed, not needed to be ready: away\n'),
    ])
    expect(await (await get('/readyz?verbose&exclude=mail')).text()).not.toContain('mail')
    expect((await get('/readyz/mail')).status).toBe(503)
  })

  it('lives on without its dependencies, and is not ready once it ends', async () => {
    databaseIsUp = false
    expect((await get('/livez')).status).toBe(200)
    databaseIsUp = true
    ending.abort()
    expect((await get('/readyz')).status).toBe(503)
    expect((await get('/livez')).status).toBe(200)
  })
})

describe('serveHttp', () => {
  const raw = (text: string): Promise<string> => sendRaw(server.url, text)

  it('answers headers above the limit with 413', async () => {
    const large = 'x'.repeat(HEADER_BYTES_MAX)
    const answer = await raw(`GET /livez HTTP/1.1\r\nhost: a\r\nx-large: ${large}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('request.too-large')
  })

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n'],
    ['a binary preface', '\u0016\u0003\u0001\u0002'],
    [
      'two lengths',
      'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
    ],
    ['no host', 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['a host that is none', 'GET /livez HTTP/1.1\r\nhost: a/b\r\nconnection: close\r\n\r\n'],
    ['a target that is no URL', 'GET http://[ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'],
  ])('answers %s with 400 and a problem', async (_, text) => {
    const answer = await raw(text)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('request.malformed')
  })

  it('hands the application the request as it came', async () => {
    const seen: (string | undefined)[] = []
    const app = {
      fetch(_: Request, { incoming }: RequestEnv) {
        seen.push(incoming.url)
        return new Response('')
      },
    }
    await using one = await serveHttp({ app })
    await fetch(`${one.url}/a%2Fb?c`)
    expect(seen).toEqual(['/a%2Fb?c'])
  })

  it.each(['/./livez', '/a/../livez', '/%6Civez', '//livez', '/livez;a', '/livez#a', '*'])(
    'refuses the target %s before the application sees it, and closes the connection',
    async (target) => {
      const answeredBefore = answered.length
      const request = `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`
      const answer = await raw(request + request)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).toContain('request.malformed')
      expect(answered).toHaveLength(answeredBefore)
    },
  )

  /** Few requests with large answers: what is asked is read at once, even by a slow machine. */
  const greedyClient = (port: number) => {
    const greedy = connect(port, '127.0.0.1').pause()
    greedy.on('error', () => undefined)
    greedy.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(200))
    return greedy
  }
  const large = { fetch: () => new Response('x'.repeat(1_000_000)) }

  it('answers others while a client asks and never reads', async () => {
    await using one = await serveHttp({ app: large, quietMsMax: 0 })
    const greedy = greedyClient(one.port)
    for (let n = 0; n < 5; n += 1) expect((await fetch(one.url)).status).toBe(200)
    greedy.destroy()
  })

  it('cuts a client that asks and never reads', async () => {
    await using one = await serveHttp({ app: large, quietMsMax: 1_000 })
    const greedy = greedyClient(one.port)
    // A client that reads nothing notices the end only when it writes.
    const isCut = (): void => {
      greedy.write('\r\n')
      expect(greedy.closed).toBe(true)
    }
    await vi.waitFor(isCut, { timeout: 30_000, interval: 100 })
  })

  it('names the port that is taken', async () => {
    const app = { fetch: () => new Response('') }
    const second = serveHttp({ app, port: server.port })
    await expect(second).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it('finishes the answers under way when it closes', async () => {
    const gate = new AbortController()
    const entered = new AbortController()
    const app = {
      fetch: async (): Promise<Response> => {
        entered.abort()
        await once(gate.signal, 'abort')
        return new Response('done')
      },
    }
    const one = await serveHttp({ app })
    const under = fetch(one.url)
    await once(entered.signal, 'abort')
    const closed = one.close()
    gate.abort()
    expect(await (await under).text()).toBe('done')
    await closed
  })
})
