import { FreshetError, SILENT_FEED } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import {
  MemoryDatabase,
  memoryObservatoryStore,
  memoryPrefixStore,
  memorySliStore,
  memoryQuarantineStore,
  memoryVersionStore,
  memoryAuditLog,
  memoryAuditReader,
  memoryEvidenceStore,
} from '@freshet/memory'
import { createObservatory, HealthWatch } from '@freshet/insight'
import { adminTokenHash, createLogger, randomId } from '@freshet/runtime'
import { acmeRegistry, loggedChange, ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { Sessions } from './admission/sessions.ts'
import { addConsoleRoutes } from './routes.ts'
import { StreamHub } from './stream/stream-hub.ts'
import { conforming } from '../../../test/setup/conforming-app.ts'
import { addOpenApi } from './openapi.ts'
import { routesApp } from '../../../test/setup/routes-app.ts'

const ADMIN = 'admin-token-of-this-test'
const HASH = 'hash-of-the-registry'

let database: MemoryDatabase
let bounds: LogReader['bounds']
let ask: (path: string) => Promise<{ readonly status: number; readonly body: unknown }>
const clock = new ManualClock()
const nowMs = (): number => clock.nowMs()

beforeEach(() => {
  database = new MemoryDatabase()
  bounds = () => Promise.resolve([{ partition: 0, earliest: 2n, end: 9n }])
  const app = routesApp({
    clock,
  })
  conforming(app, addOpenApi)
  const unasked = () => Promise.reject(new Error('not asked here'))
  const loaded = { registry: acmeRegistry(), hash: HASH }
  addConsoleRoutes(app, {
    observatory: createObservatory({ store: memoryObservatoryStore(database, clock), clock }),
    health: new HealthWatch(clock.nowMs()),
    evidence: memoryEvidenceStore(database),
    slis: memorySliStore(database),
    slos: [],
    clock,
    reader: { bounds: (topic) => bounds(topic), read: () => Promise.resolve([]) },
    quarantine: memoryQuarantineStore(database),
    logger: createLogger('console', 'silent'),
    judging: { ledger: { find: unasked, recheck: unasked }, clock, issuer: 'https://tokens' },
    subjects: { snapshot: unasked },
    loaded: () => loaded,
    history: memoryVersionStore(database),
    tokenKeys: unasked,
    hub: new StreamHub('test'),
    sessions: new Sessions({ nowMs: () => clock.nowMs(), randomId }),
    audit: memoryAuditLog(database),
    auditReader: memoryAuditReader(database),
    prefixes: memoryPrefixStore(database),
    admins: [{ name: 'test', role: 'viewer', hash: adminTokenHash(ADMIN) }],
  })
  ask = async (path) => {
    const response = await app.request(path, { headers: { authorization: `Bearer ${ADMIN}` } })
    return { status: response.status, body: await response.json() }
  }
})

describe('how everything stands', () => {
  const putFeed = (source: string, partition: number, throughMs: number | null): void =>
    database.feeds.set(`${source}/${partition}`, {
      tenant: 'acme',
      source,
      partition,
      feed: { ...SILENT_FEED, throughMs },
    })
  beforeEach(() => {
    const policy = { activePv: 1, activeHash: HASH, minimumPv: 1, lastHash: null }
    database.progress.set('0', { partition: 0, e: 1n, nextOffset: 4n, ...policy })
    putFeed('hr', 0, nowMs())
    putFeed('iga', 0, nowMs() - 30_001)
  })

  it('is told by partition and source, with what is parked and the last change', async () => {
    const change = { ...loggedChange({ e: 1n, partition: 0 }), contentHash: 'h' }
    database.changeLog.set('c1', change as never)
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
    database.progress.delete('0')
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
    const store = memoryVersionStore(database)
    await store.publish({ pv: 1, hash: HASH, document: '{}', by: 'ann', atMs: 1_000 })
    await store.order({ pv: 1, minimum: 0, by: 'ben', reason: 'first', atMs: 2_000 }, 0)
    expect((await ask('/v1/registry')).body).toMatchObject({
      published: { by: 'ann', at: '1970-01-01T00:00:01.000Z' },
      ordered: { by: 'ben', reason: 'first', minimum: 0, at: '1970-01-01T00:00:02.000Z' },
    })
  })

  it('names the versions before it, and who activated each', async () => {
    const store = memoryVersionStore(database)
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
    const row = { ...of, expMs: nowMs() + 1, stale: null, pv: 2 }
    database.tokens.set('j1', row as never)
    database.tokens.set('j2', { ...row, pv: 1 } as never)
    database.tokens.set('j3', { ...row, expMs: nowMs() } as never)
    const policy = { activePv: 2, activeHash: HASH, minimumPv: 2, lastHash: null }
    database.progress.set('0', { partition: 0, e: 1n, nextOffset: 4n, ...policy })
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
