import { askRaw, statusOfRaw } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import {
  plansWithoutStores,
  startService,
  untilStarted,
  type PlansWithoutStores,
  type StartedService,
} from '../setup/start-service.ts'
import { whoCuts } from '../setup/who-cuts.ts'

let fresh: FreshDatabase
let plans: PlansWithoutStores
let authority: StartedService

const ready = (): Promise<number> => statusOfRaw(authority.url, 'GET /readyz')

beforeAll(async () => {
  fresh = await freshDatabase()
  plans = await plansWithoutStores()
  const more = { DATABASE_URL: fresh.url, FRESHET_SHUTDOWN_DELAY_MS: '60000' }
  authority = startService(plans.of('authority'), more)
  await untilStarted(authority)
})
afterAll(async () => {
  await authority.end()
  await plans[Symbol.asyncDispose]()
  await fresh.drop()
})

describe('a started authority', () => {
  it.each([
    'POST /oauth/./token',
    'POST /oauth/%74oken',
    'POST //oauth/token',
    'POST /oauth/token;a',
    'POST /oauth/x/../token',
    'POST http://authority/oauth/token',
  ] as const)('has no other way to its token route: %s', async (line) => {
    expect(await statusOfRaw(authority.url, line)).toBe(400)
  })

  it('control: answers the route itself', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from('nobody:wrong').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    expect(await statusOfRaw(authority.url, 'POST /oauth/token', headers)).toBe(401)
  })

  describe('and its forms', () => {
    const fields = (count: number): string => Array<string>(count).fill('a=b').join('&')
    const answer = async (body: string): Promise<string> => {
      const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
      const sent = { method: 'POST', target: '/oauth/introspect', headers, body }
      const { status, body: text } = await askRaw(authority.url, sent)
      return `${status} ${/"code":"([^"]+)"/.exec(text)?.[1]}`
    }

    it.each([
      ['with 65 fields', fields(65), '400 request.malformed'],
      ['with more than 32 KiB', 'a'.repeat(32_769), '413 request.too-large'],
    ])('refuses one %s before it looks for a client', async (_, body, expected) => {
      expect(await answer(body)).toBe(expected)
    })

    it.each([
      ['64 fields', fields(64)],
      ['32 KiB', 'a'.repeat(32_768)],
    ])('control: asks for the client of one with %s', async (_, body) => {
      expect(await answer(body)).toBe('401 request.unauthenticated')
    })

    it('asks for the client of a question before it reads the question', async () => {
      const headers = [['content-type', 'application/json']] as const
      const sent = { method: 'POST', target: '/access/v1/evaluation', headers, body: '{' }
      expect((await askRaw(authority.url, sent)).status).toBe(401)
    })
  })

  it('cuts half a body with 408 within 2 s of its limit', async () => {
    const form = 'content-type: application/x-www-form-urlencoded\r\ncontent-length: 99'
    const text = `POST /oauth/introspect HTTP/1.1\r\nhost: a\r\n${form}\r\n\r\ntoken=`
    const { order, answer } = await whoCuts(authority.url, text)
    expect(order).toEqual(['shorter', 'service'])
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*request\.late/s)
  })

  it('is ready without a broker, and names what keeps it from the broker', async () => {
    await expect.poll(ready).toBe(200)
    const verbose = await fetch(`${authority.url}/readyz?verbose`)
    const expected = expect.stringMatching(
      /\[\+\] postgres ok\n[^]*\[!\] kafka failed, not needed to be ready: .*\(broker\.unavailable\)\nok\n$/,
    )
    expect([verbose.status, await verbose.text()]).toEqual([200, expected])
    expect(await statusOfRaw(authority.url, 'GET /readyz/kafka')).toBe(503)
  })

  it('is not ready after SIGTERM and serves on, and the next signal ends it with 0', async () => {
    await expect.poll(ready).toBe(200)
    authority.child.kill('SIGTERM')
    await expect.poll(ready).toBe(503)
    expect(await statusOfRaw(authority.url, 'GET /.well-known/jwks.json')).toBe(200)
    authority.child.kill('SIGTERM')
    expect(await authority.exited).toEqual([0, null])
  })
})
