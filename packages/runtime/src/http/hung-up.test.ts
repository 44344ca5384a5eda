import { once } from 'node:events'
import { connect } from 'node:net'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { createBareApp } from './app.ts'
import { refusalsTo } from './refused-request.ts'
import { serveHttp, type HttpServer } from './serve-http.ts'

const ERROR = 50
const DEBUG = 20

let server: HttpServer
let logged: { readonly level: number; readonly msg: string; readonly code?: string }[]
let answered: number[]
let counted: string[]
beforeEach(async () => {
  logged = []
  answered = []
  counted = []
  const write = (line: string): void => void logged.push(JSON.parse(line) as never)
  const logger = createLogger('test', 'debug', { write })
  const app = createBareApp({
    logger,
    clock: new ManualClock(),
    onAnswer: ({ status }) => void answered.push(status),
    onRefusal: refusalsTo(logger, (code) => void counted.push(code)),
  })
  app.post('/text', async (c) => c.text(await c.req.text()))
  app.post('/raw', async (c) => c.text(await c.req.raw.text()))
  app.post('/bytes', async (c) => c.body(await c.req.arrayBuffer()))
  app.post('/broken', async () => {
    throw new Error('a fault of ours')
  })
  server = await serveHttp({ app })
})
afterEach(() => server.close())

/** Sends a part of a request, waits until the application has it, and hangs up. */
async function hangUp(path: string, framing: string, how: 'end' | 'reset'): Promise<void> {
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n5\r\n123`)
  // The application has the request as soon as a later one is answered.
  await fetch(`${server.url}/text`, { method: 'POST', body: 'x' })
  if (how === 'reset') socket.resetAndDestroy()
  else socket.destroy()
}

describe('a client that hangs up', () => {
  it.each(
    ['/text', '/raw', '/bytes'].flatMap((path) =>
      ['content-length: 99', 'transfer-encoding: chunked'].flatMap((framing) =>
        (['end', 'reset'] as const).map((how) => [path, framing, how] as const),
      ),
    ),
  )('is no fault of the service: %s, %s, %s', async (path, framing, how) => {
    await hangUp(path, framing, how)
    await expect.poll(() => answered.length).toBe(2)
    expect(answered).toEqual([200, 400])
    expect(counted).toEqual(['request.malformed'])
    expect(logged).toMatchObject([{ level: DEBUG, msg: 'request refused' }])
  })

  it('control: a handler that throws is an error, also if its client hangs up', async () => {
    await hangUp('/broken', 'content-length: 99', 'reset')
    await expect.poll(() => answered.length).toBe(2)
    expect(new Set(answered)).toEqual(new Set([200, 500]))
    expect(logged.filter(({ level }) => level === ERROR)).toMatchObject([{ msg: 'request failed' }])
  })
})
