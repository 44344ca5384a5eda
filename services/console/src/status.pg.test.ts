import { FreshetError } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import { postgresTokenPartitions, postgresVersionStore } from '@freshet/postgres'
import { acmeRegistry, loggedChange, ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { consoleOn, type ConsoleUnderTest } from '../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../test/setup/database.ts'
import { plantRow } from '../../../test/setup/plant-row.ts'
import { seedChange } from '../../../test/setup/seed-change.ts'

const HASH = 'hash-of-the-registry'

let database: FreshDatabase
let bounds: LogReader['bounds']
let ask: ConsoleUnderTest['ask']
const clock = new ManualClock()
const nowMs = (): number => clock.nowMs()
const plant = (table: string, row: Readonly<Record<string, unknown>>): Promise<void> =>
  plantRow({ db: database.db }, table, row)
const run = (text: string) => database.db.query({ name: '', text })

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  await run('TRUNCATE progress, feed, change_log, policy_version, activation_order, token')
  bounds = () => Promise.resolve([{ partition: 0, earliest: 2n, end: 9n }])
  const loaded = { registry: acmeRegistry(), hash: HASH }
  const reader = { bounds: (topic: string) => bounds(topic), read: async () => [] }
  ask = consoleOn(database, clock, { reader, loaded: () => loaded }).ask
})

describe('how everything stands', () => {
  const policy = { partition: 0, e: 1n, next_offset: 4n, active_hash: HASH }
  const putFeed = (source: string, throughMs: number): Promise<void> =>
    plant('feed', { tenant: 'acme', source, partition: 0, through_ms: throughMs })
  beforeEach(async () => {
    await plant('progress', { ...policy, active_pv: 1, minimum_pv: 1 })
    await putFeed('hr', nowMs())
    await putFeed('iga', nowMs() - 30_001)
  })

  it('is told by partition and source, with what is parked and the last change', async () => {
    await seedChange(database.db, loggedChange({ e: 1n, partition: 0 }))
    expect(await ask('/v1/status')).toMatchObject({
      status: 200,
      body: {
        policy: { version: 1, hash: HASH, active: { version: 1, hash: HASH } },
        partitions: [{ partition: 0, position: '4', end: '9', lag: '5', waiting: 0 }],
        sources: [
          { source: 'security', standing: 'unheard', through: null },
          { source: 'hr', standing: 'live', leaseMs: 5_000 },
          { source: 'iga', standing: 'silent', leaseMs: 30_000 },
        ],
        quarantined: '7',
        lastChange: { id: 'c1' },
        // This console has no probes, and shows that.
        probes: null,
      },
    })
  })

  it('is told as evidence, row by row, with what is measured elsewhere unknown', async () => {
    const { status, body } = await ask('/v1/evidence')
    const at = new Date(nowMs()).toISOString()
    expect(status).toBe(200)
    expect(body).toMatchObject({ at, policy: { version: 1, hash: HASH } })
    const items = Object(body)['items'] as readonly { readonly row: string }[]
    const row = (name: string) => items.find((each) => each.row === name)
    expect(row('ac-3.8-sources')).toEqual({
      row: 'ac-3.8-sources',
      framework: 'NIST SP 800-53 Rev. 5',
      id: 'AC-3(8)',
      title: 'Access Enforcement | Revocation of Access Authorizations',
      claim:
        'Each source of attributes sends heartbeats within its lease, or its claims are refused.',
      command: 'freshet status',
      value: 2,
      unit: 'sources with an expired lease',
      limit: 'none',
      verdict: 'red',
      detail: 'security of acme is unheard (lease 5 s); iga of acme is silent (lease 30 s)',
      at,
    })
    expect(row('csf-managed')).toMatchObject({ verdict: 'green', value: 0 })
    expect(row('csf-reviewed')).toMatchObject({ verdict: 'green', value: 0 })
    expect(row('asvs-16.4.2-audit')).toMatchObject({ verdict: 'unknown', value: null })
    expect(row('nhi2-keys')).toMatchObject({ verdict: 'unknown', value: null })
  })

  it('is told before anything was ever recorded', async () => {
    await run('DELETE FROM progress')
    expect(await ask('/v1/status')).toMatchObject({
      status: 200,
      body: { policy: { active: null }, partitions: [], lastChange: null },
    })
  })

  it('is told without the broker’s figures while the broker is away', async () => {
    bounds = () => Promise.reject(new FreshetError('broker.unavailable', 'Away.'))
    const { status, body } = await ask('/v1/status')
    expect(status).toBe(200)
    expect(body).toMatchObject({ partitions: [{ end: null, lag: null }], quarantined: null })
  })

  it('names who published the active version, and who ordered it and why', async () => {
    const store = postgresVersionStore(database.system)
    await store.publish({ pv: 1, hash: HASH, document: '{}', by: 'ann', atMs: 1_000 })
    await store.order({ pv: 1, minimum: 0, by: 'ben', reason: 'first', atMs: 2_000 }, 0)
    expect((await ask('/v1/registry')).body).toMatchObject({
      published: { by: 'ann', at: '1970-01-01T00:00:01.000Z' },
      ordered: { by: 'ben', reason: 'first', minimum: 0, at: '1970-01-01T00:00:02.000Z' },
    })
  })

  it('names the versions before it, and who activated each', async () => {
    const store = postgresVersionStore(database.system)
    const order = { document: '{}', by: 'ann', atMs: 1_000 }
    await store.publish({ pv: 1, hash: HASH, ...order })
    await store.order({ pv: 1, minimum: 0, by: 'ben', reason: 'first', atMs: 2_000 }, 0)
    await store.publish({ pv: 2, hash: 'two', ...order })
    const published = { by: 'ann', at: '1970-01-01T00:00:01.000Z' }
    const at = '1970-01-01T00:00:02.000Z'
    expect(Object((await ask('/v1/registry')).body)['versions']).toEqual([
      { version: 2, hash: 'two', published, ordered: null },
      {
        version: 1,
        hash: HASH,
        published,
        ordered: { by: 'ben', reason: 'first', minimum: 0, at },
      },
    ])
  })

  it('tells what is outstanding, without what is below the minimum', async () => {
    const of = { tenant: 'acme', audience: 'payments', client: 'web', claims: ['groups'] }
    const row = { ...of, exp_ms: nowMs() + 1, pv: 2 }
    await postgresTokenPartitions(database.ledger).ensure(nowMs(), nowMs() + 1)
    await plant('token', { ...row, jti: 'j1' })
    await plant('token', { ...row, jti: 'j2', pv: 1 })
    await plant('token', { ...row, jti: 'j3', exp_ms: nowMs() })
    await run('DELETE FROM progress')
    await plant('progress', { ...policy, active_pv: 2, minimum_pv: 2 })
    expect(await ask('/v1/registry/outstanding')).toMatchObject({
      status: 200,
      body: { isComplete: true, kinds: [{ ...of, tokens: 1 }] },
    })
  })

  it('names source, owner and audiences of each claim, and no key or secret', async () => {
    const { status, body } = await ask('/v1/registry')
    expect(status).toBe(200)
    expect(body).toMatchObject({ version: 1, hash: HASH, account: 'hr', published: null })
    expect(Object(body)['claims']).toContainEqual(
      expect.objectContaining({ claim: 'entitlements', source: 'iga', owner: 'iam' }),
    )
    expect(JSON.stringify(body)).not.toMatch(/secretHash|"kty"/)
  })
})
