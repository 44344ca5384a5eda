import { get } from 'node:http'
import { ManualClock } from '@freshet/testkit'
import type { AuditEntry } from '@freshet/wire'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBareApp } from '../http/app.ts'
import { serveHttp, type HttpServer } from '../http/serve-http.ts'
import { createLogger } from '../logger.ts'
import {
  peerOf,
  type Attempt,
  ATTEMPT_LIMITS,
  Attempts,
  type AttemptParts,
  AUDIT_EVERY_MS,
  AUDITED_MAX,
} from './attempts.ts'

const { byAddress, overAll } = ATTEMPT_LIMITS
const WRONG = 'wrong-and-secret'

let clock: ManualClock
let audited: AuditEntry[]
let logged: string[]
let refused: string[]

/** Counts with everything that it writes recorded. */
function counting(guessed: AttemptParts['guessed']): Attempts {
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  const audit = { append: async (entries: readonly AuditEntry[]) => void audited.push(...entries) }
  const onRefused = (reason: string): void => void refused.push(reason)
  return new Attempts({ guessed, clock, logger, audit, onRefused })
}

/** An application that asks for one token. */
function guarded(attempts: Attempts): Hono {
  const app = createBareApp({ logger: createLogger('test', 'silent'), clock })
  app.get('/v1/status', async (c) => {
    const isRight = c.req.header('authorization') === 'Bearer right'
    await attempts.count(peerOf(c), isRight)
    return c.text('', isRight ? 200 : 401)
  })
  return app
}

beforeEach(() => {
  clock = new ManualClock()
  audited = []
  logged = []
  refused = []
})

interface Answer {
  readonly status: number | undefined
  readonly retryAfter: string | undefined
}

describe.runIf(process.platform === 'linux')('wrong admin tokens over a socket', () => {
  let server: HttpServer
  beforeEach(async () => {
    server = await serveHttp({ app: guarded(counting('admin token')) })
  })
  afterEach(() => server.close())

  const ask = (token: string, localAddress: string): Promise<Answer> => {
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

  it('are each logged, and audited by a count, without the token and not beyond the limit', async () => {
    await statuses(byAddress.burst + 5, WRONG, '127.0.0.1')
    const first = {
      kind: 'admin-refused',
      tenant: '*',
      ref: '127.0.0.1',
      by: '127.0.0.1',
      detail: { path: '/v1/status', count: 1 },
    }
    expect(audited).toMatchObject([first])
    expect(logged).toHaveLength(byAddress.burst)
    expect(refused.filter((reason) => reason === 'wrong')).toHaveLength(byAddress.burst)
    expect(refused.filter((reason) => reason === 'limited')).toHaveLength(5)
    await clock.advance(AUDIT_EVERY_MS)
    expect((await ask('right', '127.0.0.1')).status).toBe(200)
    expect(audited.slice(1)).toMatchObject([{ detail: { count: byAddress.burst - 1 } }])
    expect(logged.join('') + JSON.stringify(audited)).not.toContain(WRONG)
  })

  it('control: right tokens are counted nowhere', async () => {
    expect(await statuses(byAddress.burst * 2, 'right', '127.0.0.1')).toEqual(new Set([200]))
    expect([audited, logged, refused]).toEqual([[], [], []])
  })
})

describe('wrong credentials of clients', () => {
  let attempts: Attempts
  beforeEach(() => {
    attempts = counting('client credential')
  })

  const unknown = (name: string, address: string): Attempt => ({
    name,
    address,
    path: '/oauth/token',
  })
  const by = (name: string, address: string): Attempt => ({
    ...unknown(name, address),
    tenant: 'acme',
  })
  /** Returns the number that was counted before the rest was refused. */
  const wrong = async (count: number, attempt: Attempt): Promise<number> => {
    let counted = 0
    for (let n = 0; n < count; n += 1)
      await attempts.count(attempt, false).then(
        () => (counted += 1),
        () => undefined,
      )
    return counted
  }
  const tooMany = expect.objectContaining({ code: 'limit.reached' }) as Error

  it('lock the pair of client and address, and neither the client nor the address elsewhere', async () => {
    expect(await wrong(1_000, by('web', 'a'))).toBe(byAddress.burst)
    expect(() => attempts.admit(by('web', 'a'))).toThrow(tooMany)
    await expect(attempts.count(by('web', 'a'), true)).rejects.toThrow(tooMany)
    await attempts.count(by('web', 'b'), true)
    await attempts.count(by('batch', 'a'), true)
  })

  it('wrong tokens from many addresses delay a client only where it was never proven', async () => {
    await attempts.count(by('web', 'own'), true)
    for (let n = 0; n < 50; n += 1) await wrong(byAddress.burst, by('web', `a${n}`))
    expect(() => attempts.admit(by('web', 'new'))).toThrow(tooMany)
    attempts.admit(by('web', 'own'))
    attempts.admit(by('batch', 'new'))
    await clock.advance(1_000 / overAll.perSecond)
    attempts.admit(by('web', 'new'))
  })

  it('with many names are slowed down by address, but for clients that were proven there', async () => {
    await attempts.count(by('web', 'a'), true)
    let counted = 0
    for (let n = 0; n < 50; n += 1) counted += await wrong(byAddress.burst, by(`c${n}`, 'a'))
    expect(counted).toBe(overAll.burst)
    attempts.admit(by('web', 'a'))
    expect(() => attempts.admit(by('batch', 'a'))).toThrow(tooMany)
  })

  it('do not show which names exist', async () => {
    const known = await wrong(1_000, by('web', 'a'))
    expect(await wrong(1_000, unknown('nobody', 'a'))).toBe(known)
    attempts.admit(unknown('nobody-else', 'a'))
  })

  it('are audited under the client, and under the address if no client has the name', async () => {
    await wrong(1, by('web', 'a'))
    await wrong(1, unknown(WRONG, 'b'))
    expect(audited).toMatchObject([
      { kind: 'client-refused', tenant: 'acme', ref: 'web', by: 'a' },
      { kind: 'client-refused', tenant: '*', ref: 'b', by: 'b' },
    ])
    expect(logged.join('') + JSON.stringify(audited)).not.toContain(WRONG)
  })

  it('make few entries however many there are, and lose none of the count', async () => {
    let counted = 0
    for (let n = 0; n < 500; n += 1) counted += await wrong(3, by(`c${n}`, `a${n}`))
    expect(audited).toHaveLength(AUDITED_MAX)
    await clock.advance(AUDIT_EVERY_MS)
    await attempts.count(by('web', 'own'), true)
    expect(audited).toHaveLength(2 * AUDITED_MAX + 1)
    expect(audited.at(-1)).toMatchObject({ tenant: '*', ref: '*', by: '*' })
    const sum = audited.reduce((total, { detail }) => total + Number(detail['count']), 0)
    expect(sum).toBe(counted)
  })

  it('that the audit does not take are logged, and change no answer', async () => {
    const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
    const append = () => Promise.reject(new Error('away'))
    const parts = { guessed: 'client credential', clock, logger, audit: { append } } as const
    await new Attempts(parts).count(by('web', 'a'), false)
    expect(logged.join('')).toContain('wrong client credential not audited')
  })
})

it('requests without a socket count as one address', async () => {
  const app = guarded(counting('admin token'))
  const seen = new Set<number>()
  for (let n = 0; n <= byAddress.burst; n += 1) seen.add((await app.request('/v1/status')).status)
  expect(seen).toEqual(new Set([401, 429]))
})
