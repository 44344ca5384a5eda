import { get } from 'node:http'
import type { AuditEntry } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBareApp } from '../http/app.ts'
import { createLogger } from '../logger.ts'
import { serveHttp, type HttpServer } from '../http/serve-http.ts'
import { TOKEN_ATTEMPT_LIMITS, TokenAttempts } from './token-attempts.ts'

const { byAddress, overAll } = TOKEN_ATTEMPT_LIMITS
const WRONG = 'wrong-and-secret'

let clock: ManualClock
let audited: AuditEntry[]
let logged: string[]
let refused: string[]
let server: HttpServer

/** An application that asks for one token. */
function guarded(attempts: TokenAttempts): Hono {
  const app = createBareApp({ logger: createLogger('test', 'silent'), clock })
  app.get('/v1/status', async (c) => {
    const isRight = c.req.header('authorization') === 'Bearer right'
    await attempts.count(c, isRight)
    return c.text('', isRight ? 200 : 401)
  })
  return app
}

beforeEach(async () => {
  clock = new ManualClock()
  audited = []
  logged = []
  refused = []
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  const audit = { append: async (entries: readonly AuditEntry[]) => void audited.push(...entries) }
  server = await serveHttp({
    app: guarded(
      new TokenAttempts({ clock, logger, audit, onRefused: (reason) => void refused.push(reason) }),
    ),
  })
})
afterEach(() => server.close())

interface Answer {
  readonly status: number | undefined
  readonly retryAfter: string | undefined
}

function ask(token: string, localAddress: string): Promise<Answer> {
  const options = { localAddress, headers: { authorization: `Bearer ${token}` } }
  return new Promise((resolve, reject) => {
    get(`${server.url}/v1/status`, options, (answer) => {
      const { statusCode: status, headers } = answer.resume()
      answer.once('end', () => resolve({ status, retryAfter: headers['retry-after'] }))
    }).once('error', reject)
  })
}
const statuses = async (count: number, token: string, from: string): Promise<Set<unknown>> => {
  const seen = new Set<unknown>()
  for (let n = 0; n < count; n += 1) seen.add((await ask(token, from)).status)
  return seen
}

describe.runIf(process.platform === 'linux')('wrong tokens over a socket', () => {
  it('are slowed down by address: 429 and when to come back, for a right token as well', async () => {
    expect(await statuses(byAddress.burst, WRONG, '127.0.0.1')).toEqual(new Set([401]))
    for (const token of [WRONG, 'right'])
      expect(await ask(token, '127.0.0.1')).toEqual({ status: 429, retryAfter: '5' })
    expect((await ask('right', '127.0.0.2')).status).toBe(200)
    await clock.advance(1_000 / byAddress.perSecond)
    expect((await ask('right', '127.0.0.1')).status).toBe(200)
  })

  it('are slowed down over all, but for addresses that an admin came from', async () => {
    expect((await ask('right', '127.0.0.200')).status).toBe(200)
    const addresses = overAll.burst / byAddress.burst
    for (let n = 1; n <= addresses; n += 1)
      expect(await statuses(byAddress.burst, WRONG, `127.0.0.${n}`)).toEqual(new Set([401]))
    expect((await ask(WRONG, '127.0.0.100')).status).toBe(429)
    expect((await ask('right', '127.0.0.200')).status).toBe(200)
  })

  it('are logged and audited by address, without the token, and not beyond the limit', async () => {
    await statuses(byAddress.burst + 5, WRONG, '127.0.0.1')
    const counted = {
      kind: 'admin-refused',
      tenant: '*',
      ref: '127.0.0.1',
      detail: { path: '/v1/status' },
    }
    expect(audited).toHaveLength(byAddress.burst)
    expect(audited[0]).toMatchObject(counted)
    expect(logged).toHaveLength(byAddress.burst)
    expect(refused.filter((reason) => reason === 'wrong')).toHaveLength(byAddress.burst)
    expect(refused.filter((reason) => reason === 'limited')).toHaveLength(5)
    expect(logged.join('') + JSON.stringify(audited)).not.toContain(WRONG)
  })

  it('control: right tokens are counted nowhere', async () => {
    expect(await statuses(byAddress.burst * 2, 'right', '127.0.0.1')).toEqual(new Set([200]))
    expect([audited, logged, refused]).toEqual([[], [], []])
  })
})

it('requests without a socket count as one address', async () => {
  const logger = createLogger('test', 'silent')
  const app = guarded(new TokenAttempts({ clock, logger, audit: { append: async () => {} } }))
  const seen = new Set<number>()
  for (let n = 0; n <= byAddress.burst; n += 1) seen.add((await app.request('/v1/status')).status)
  expect(seen).toEqual(new Set([401, 429]))
})
