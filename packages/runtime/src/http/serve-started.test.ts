import { once } from 'node:events'
import { createServer } from 'node:net'
import { FreshetError } from '@freshet/protocol'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from '../logger.ts'
import type { HttpServer } from './serve-http.ts'
import { serveStarted, SERVICE_START_WITHIN_MS } from './serve-started.ts'

const AWAY = new FreshetError('database.unavailable', 'No answer from Postgres: connecting.')

let clock: ManualClock
let stop: AbortController
let attempts: number
let port: number
beforeEach(async () => {
  clock = new ManualClock()
  stop = new AbortController()
  attempts = 0
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  port = Object(probe.address())['port'] as number
  probe.close()
  await once(probe, 'close')
})

/** Starts a service whose start does this, time after time. */
function starting(start: (attempt: number) => Promise<void>): Promise<HttpServer> {
  const logger = createLogger('test', 'silent')
  const app = createApp({
    logger,
    clock,
    checks: {},
    signal: stop.signal,
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'up 1\n' }),
  })
  app.get('/v1/things', (c) => c.json([]))
  const attempt = (): Promise<void> => start((attempts += 1))
  return serveStarted({ app, port, start: attempt, logger, timer: clock, signal: stop.signal })
}

const ask = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: response.status, text: await response.text() }
}
const attempted = (count: number) => expect.poll(() => attempts).toBeGreaterThanOrEqual(count)

describe('a service that starts while Postgres is absent', () => {
  it('lives, is not ready and states the reason, refuses everything else, and starts when it can', async () => {
    let isAway = true
    const started = starting(() => (isAway ? Promise.reject(AWAY) : Promise.resolve()))
    await attempted(1)
    expect((await ask('/livez')).status).toBe(200)
    expect((await ask('/metrics')).status).toBe(200)
    const ready = await ask('/readyz')
    expect(ready).toMatchObject({ status: 503, text: expect.stringContaining(AWAY.message) })
    const refused = await ask('/v1/things')
    expect(refused.status).toBe(503)
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'service.starting' })
    isAway = false
    await clock.advance(1_000)
    const server = await started
    expect((await ask('/readyz')).status).toBe(200)
    expect((await ask('/v1/things')).text).toBe('[]')
    await server.close()
  })

  it('ends with the reason when its time is over, and gives the port back', async () => {
    const outcome = starting(() => Promise.reject(AWAY)).catch((error: unknown) => error)
    for (let passed = 0; passed <= SERVICE_START_WITHIN_MS; passed += 1_000) {
      await attempted(passed / 1_000 + 1)
      await clock.advance(1_000)
    }
    expect(await outcome).toBe(AWAY)
    await expect(ask('/livez')).rejects.toThrow('fetch failed')
  })

  it('ends at once where a person has to change something', async () => {
    const older = new FreshetError('database.migration', 'The schema is older.')
    await expect(starting(() => Promise.reject(older))).rejects.toBe(older)
    expect(attempts).toBe(1)
  })

  it('ends on request while it waits', async () => {
    const outcome = starting(() => Promise.reject(AWAY)).catch((error: unknown) => error)
    await attempted(1)
    stop.abort()
    expect(await outcome).toBe(stop.signal.reason)
  })
})

it('a port that is taken is reported before any wait', async () => {
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const refused = starting(() => Promise.resolve())
  await expect(refused).rejects.toMatchObject({
    code: 'config.invalid',
    message: `Cannot listen on 127.0.0.1, port ${port}.`,
  })
  expect(attempts).toBe(0)
  other.close()
})
