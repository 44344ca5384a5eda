import { sealOnce } from '@freshet/audit'
import {
  postgresAuditLog,
  postgresMintStore,
  postgresSealStore,
  postgresTokenPartitions,
} from '@freshet/postgres'
import {
  auditWorld,
  ASKS_NOTHING,
  MINT_CONTRACT_NOW_MS as NOW,
  ManualClock,
  mintedToken,
} from '@freshet/testkit'
import type { AuditEntry } from '@freshet/wire'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { consoleOn, type ConsoleAnswer } from '../../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'

type Role = 'viewer' | 'operator'
const LIFE_MS = 300_000
const KEPT_MS = 35 * 86_400_000

interface Kind {
  readonly kind: string
}

let clock: ManualClock
let database: FreshDatabase
let ask: (path: string, role?: Role) => Promise<ConsoleAnswer>

/** Records these entries, and seals them. */
async function seal(...entries: readonly AuditEntry[]): Promise<void> {
  await postgresAuditLog(database.system).append(entries)
  const { signing } = await auditWorld()
  const store = postgresSealStore(database.system)
  await sealOnce(store, 'control', { nowMs: clock.nowMs(), key: signing })
}

beforeAll(async () => {
  database = await freshDatabase()
  await postgresTokenPartitions(database.ledger).ensure(NOW, NOW + LIFE_MS * 2)
  const mint = postgresMintStore(database.tenants)
  for (const [jti, values] of Object.entries({ j1: ['approvers', 'staff'], j2: [7], j3: ['7'] })) {
    const minted = mintedToken(jti, { claims: new Map([['groups', values]]) })
    await mint.recordAndRecheck({ ...minted, present: ['groups'] }, ASKS_NOTHING)
  }
})
afterAll(() => database.drop())

beforeEach(() => {
  clock = new ManualClock(NOW)
  const unasked = async (): Promise<never> => Promise.reject(new Error('not asked here'))
  const answer = { partitions: new Map(), watermarks: new Map(), denials: new Map() }
  const ledger = { find: async () => undefined, recheck: async () => answer }
  const opened = consoleOn(database, clock, {
    reader: { bounds: unasked, read: unasked },
    judging: { ledger, clock, issuer: 'https://tokens' },
  })
  ask = (path, role = 'operator') => opened.ask(path, role)
})

const holders = (more: Readonly<Record<string, string>> = {}, role?: Role) =>
  ask(
    `/v1/tokens?${new URLSearchParams({ tenant: 'acme', claim: 'groups', value: 'approvers', ...more }).toString()}`,
    role,
  )
const iso = (ms: number): string => new Date(ms).toISOString()

describe('GET /v1/tokens', () => {
  it('tells who holds a value now, and by which policy version', async () => {
    const { status, body } = await holders()
    expect(status).toBe(200)
    expect(body).toMatchObject({
      apiVersion: 'freshet.dev/v1',
      at: iso(NOW),
      items: [
        {
          jti: 'j1',
          subject: { format: 'iss_sub', sub: 'alice' },
          policyVersion: 3,
          issuedAt: iso(NOW),
          expiresAt: iso(NOW + LIFE_MS),
          stale: null,
        },
      ],
      next: null,
    })
  })

  it('tells who held it at a time', async () => {
    await clock.advance(LIFE_MS * 2)
    expect((await holders()).body).toMatchObject({ items: [] })
    expect((await holders({ at: iso(NOW) })).body).toMatchObject({ items: [{ jti: 'j1' }] })
  })

  it('takes a value that reads as a number for one, and for text', async () => {
    expect((await holders({ value: '7' })).body).toMatchObject({
      items: [{ jti: 'j2' }, { jti: 'j3' }],
    })
    expect((await holders({ value: '07' })).body).toMatchObject({ items: [] })
  })

  it('goes on where the page before ended', async () => {
    const { body } = await holders({ value: '7', limit: '1' })
    expect(body).toMatchObject({ items: [{ jti: 'j2' }] })
    const { next: after } = body as { next: string }
    expect((await holders({ value: '7', limit: '2', after })).body).toMatchObject({ next: null })
    expect((await holders({ value: '7', limit: '1', after })).body).toMatchObject({
      items: [{ jti: 'j3' }],
    })
  })

  it('is for operators', async () => {
    expect(await holders({}, 'viewer')).toMatchObject({ status: 403 })
  })

  it.each([
    ['a time to come', { at: iso(NOW + 1) }],
    ['a time of which nothing is kept', { at: iso(NOW - KEPT_MS - 1) }],
    ['no time', { at: 'yesterday' }],
    ['a page without an end', { limit: '501' }],
    ['no place', { after: 'x' }],
    ['a parameter that there is not', { subject: 'alice' }],
  ])('refuses %s', async (_, query) => {
    expect(await holders(query)).toMatchObject({ status: 400, body: { code: 'request.malformed' } })
  })

  it('needs a tenant: values are compared within one', async () => {
    expect(await ask('/v1/tokens?claim=groups&value=x')).toMatchObject({ status: 400 })
  })
})

describe('GET /v1/tokens/{jti} of a token that the ledger has no more', () => {
  it('tells what it carried, to an operator with its values', async () => {
    await clock.advance(LIFE_MS)
    const { body } = await ask('/v1/tokens/j1')
    expect(body).toMatchObject({
      jti: 'j1',
      expired: true,
      claims: {},
      ledger: null,
      issuance: {
        subject: { sub: 'alice' },
        policyVersion: 3,
        policyHash: 'ab',
        withheld: false,
        claims: [{ claim: 'groups', source: null, values: ['approvers', 'staff'] }],
      },
    })
  })

  it('tells a viewer all but the values', async () => {
    const { body } = await ask('/v1/tokens/j1', 'viewer')
    expect(body).toMatchObject({ issuance: { claims: [{ claim: 'groups', values: null }] } })
    expect(JSON.stringify(body)).not.toContain('approvers')
  })

  it('is 404 for an id that nobody minted', async () => {
    expect((await ask('/v1/tokens/nobody')).status).toBe(404)
  })
})

describe('GET /v1/audit', () => {
  it('names each kind of entry with its chain, so that a reader can choose', async () => {
    const { status, body } = await ask('/v1/audit?since=2026-01-01T00:00:00Z')
    expect(status).toBe(200)
    expect(body['kinds']).toContainEqual({ kind: 'token-issued', stream: 'tokens' })
    expect(body['kinds']).toContainEqual({ kind: 'cut-off-ordered', stream: 'control' })
  })

  it('lists what admins read, and each partition of an activation, unless it is asked for less', async () => {
    const entry = { tenant: 'acme', ref: '4', by: 'ann', atMs: NOW, detail: {} }
    const activated = { ...entry, kind: 'policy-activated' as const }
    await seal(
      { ...entry, kind: 'subject-read', detail: { answer: 'change' } },
      { ...activated, detail: { partition: 0 } },
      { ...activated, detail: { partition: 1 } },
    )
    const kindsOf = async (query = ''): Promise<readonly string[]> => {
      const { items } = (await ask(`/v1/audit?${query}`)).body as { items: readonly Kind[] }
      return items.map(({ kind }) => kind)
    }
    const twice = ['policy-activated', 'policy-activated']
    expect(await kindsOf()).toEqual([...twice, 'subject-read'])
    expect(await kindsOf('reads=false')).toEqual(twice)
    expect(await kindsOf('activations=versions')).toEqual(['policy-activated', 'subject-read'])
    expect((await ask('/v1/audit?activations=versions')).body['items']).toMatchObject([
      { detail: { partitions: '0, 1' } },
      {},
    ])
  })

  it.each(['since=yesterday', 'until=12:00'])('refuses %s, which is no time', async (query) => {
    expect(await ask(`/v1/audit?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'request.malformed' },
    })
  })
})
