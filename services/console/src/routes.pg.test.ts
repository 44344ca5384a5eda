import type { EdgeHistory } from '@freshet/insight/answers'
import type { LedgerToken, RecheckAnswer } from '@freshet/authority'
import { PARTITIONS, scopeKey, subjectKey } from '@freshet/protocol'
import { postgresObservatoryStore } from '@freshet/postgres'
import { ALICE, EDGE_ISSUER, edgeWorld, loggedChange, type EdgeWorld } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addOpenApi } from './openapi.ts'
import { consoleOn, type ConsoleUnderTest } from '../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../test/setup/database.ts'
import { emptied } from '../../../test/setup/emptied.ts'
import { seedChange } from '../../../test/setup/seed-change.ts'

const HASH = 'h'

let world: EdgeWorld
let database: FreshDatabase
let answer: RecheckAnswer
let found: LedgerToken | undefined
let app: ConsoleUnderTest['app']
let ask: ConsoleUnderTest['ask']

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  const tables = 'change_log, edge, edge_apply, edge_minute, edge_start, edge_exposure'
  await database.db.query({ name: '', text: emptied(tables) })
  world = await edgeWorld()
  const { clock } = world
  answer = knowing()
  found = undefined
  const ledger = { find: () => Promise.resolve(found), recheck: () => Promise.resolve(answer) }
  const opened = consoleOn(database, clock, {
    judging: { ledger, clock, issuer: EDGE_ISSUER },
    tokenKeys: () => Promise.resolve(world.keys.tokens),
  })
  app = opened.app
  ask = opened.ask
  addOpenApi(app)
})

/** Every source is live, and nothing was taken away. */
function knowing(more: Partial<RecheckAnswer> = {}): RecheckAnswer {
  const nowMs = world.clock.nowMs()
  const throughMs = new Map(['hr', 'iga', 'security'].map((source) => [source, nowMs]))
  const partition = { e: 1n, activePv: 1, activeHash: HASH, minimumPv: 1, throughMs }
  return {
    partitions: new Map(PARTITIONS.map((number) => [number, partition])),
    watermarks: new Map(),
    denials: new Map(),
    ...more,
  }
}

function explain(body: unknown): ReturnType<ConsoleUnderTest['ask']> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return ask('/v1/tokens/explain', 'viewer', { method: 'POST', body: text })
}

const subject = subjectKey(ALICE)
const nowMs = (): number => world.clock.nowMs()

const seed = (more: Parameters<typeof loggedChange>[0] = {}): Promise<void> =>
  seedChange(database.db, loggedChange({ subject, ...more }))

async function edgeReports(edge: string, applied: bigint, atMs = nowMs()): Promise<void> {
  const applies = [{ upTo: applied, appendedAtMs: 120, appliedAtMs: 126 }]
  const report = {
    edge,
    audience: 'payments',
    version: '0.1.0',
    atMs,
    state: 'live' as const,
    partitions: [{ partition: 3, e: 1n, applied, viewAgeMs: 40, applies }],
    decisions: { allow: 0, deny: 0, challenge: 0 },
  }
  const store = postgresObservatoryStore(database.system, world.clock)
  await store.record([{ report, reportedAtMs: atMs }])
}

describe('the console’s door', () => {
  it.each(['', 'another-token'])('answers nothing under /v1 to the bearer %j', async (token) => {
    await seed()
    const headers = { authorization: `Bearer ${token}` }
    const { status, body } = await ask('/v1/changes/c1', '', { headers })
    expect(status).toBe(401)
    expect(body).toMatchObject({ code: 'request.unauthenticated' })
  })

  it('shows its own page to everybody, with every route that it has', async () => {
    const { body } = await ask('/openapi.json', '')
    const routes = app.routes.map(({ path }) => path.replace(/:(\w+)/, '{$1}'))
    const { paths } = body as { paths: object }
    expect(Object.keys(paths).toSorted()).toEqual(
      [...new Set(routes)]
        .filter((path) => /^\/(?:v1\/[^*]|livez|readyz$|metrics)/.test(path))
        .toSorted(),
    )
  })
})

describe('GET /v1/changes/{id}', () => {
  it('tells the way of a change with the clock of every step, and of every edge', async () => {
    await seed()
    await edgeReports('edge-1', 10n)
    await edgeReports('edge-2', 9n)
    const { status, body } = await ask('/v1/changes/c1')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      apiVersion: 'freshet.dev/v1',
      items: [
        {
          id: 'c1',
          subject: { format: 'iss_sub', iss: ALICE.iss, sub: null },
          position: { e: '1', partition: 3, offset: '7' },
          revocation: { partition: 3, offset: '9' },
          state: 'published',
          completeMs: null,
          steps: [
            { stage: 'committed', at: '1970-01-01T00:00:00.100Z', clock: 'source' },
            { stage: 'appended', clock: 'broker' },
            { stage: 'received', clock: 'reconciler' },
            { stage: 'recorded', clock: 'reconciler' },
            { stage: 'published', clock: 'broker' },
          ],
          edges: [
            { edge: 'edge-1', standing: 'synced', clock: 'edge', sincePublishedMs: 6 },
            { edge: 'edge-2', appliedAt: null, sincePublishedMs: null },
          ],
        },
      ],
    })
  })

  it('calls a change applied once every connected edge said so', async () => {
    await seed()
    await edgeReports('edge-1', 9n, 100)
    await edgeReports('edge-1', 10n)
    const { body } = await ask('/v1/changes/c1')
    expect(body).toMatchObject({ items: [{ state: 'applied', completeMs: 16 }] })
  })

  it('is 404 for an id that nobody sent', async () => {
    expect(await ask('/v1/changes/none')).toMatchObject({
      status: 404,
      body: { code: 'request.not-found' },
    })
  })
})

describe('GET /v1/subjects/{sub}', () => {
  it('lists the changes of the subject', async () => {
    await seed()
    await seed({ id: 'other', subject: subjectKey({ ...ALICE, sub: 'bob' }) })
    const query = new URLSearchParams({ tenant: 'acme', iss: ALICE.iss }).toString()
    const { body } = await ask(`/v1/subjects/alice?${query}`)
    expect(body).toMatchObject({ changes: [{ id: 'c1', outcome: 'applied' }], tokens: [] })
  })

  it('needs tenant and issuer: sub alone names nobody', async () => {
    expect((await ask('/v1/subjects/alice')).status).toBe(400)
  })
})

describe('GET /v1/edges', () => {
  it('lists the edges with standing and positions as strings', async () => {
    await edgeReports('edge-1', 10n)
    const { body } = await ask('/v1/edges')
    expect(body).toMatchObject({
      items: [
        {
          edge: 'edge-1',
          standing: 'synced',
          partitions: [{ partition: 3, applied: '10', viewAgeMs: 40 }],
        },
      ],
    })
  })
})

describe('GET /v1/edges/:edge', () => {
  it('tells how old its view was, minute by minute, and what it applied last', async () => {
    await edgeReports('edge-1', 10n)
    const { body } = await ask('/v1/edges/edge-1')
    const { minutes, applies } = body as EdgeHistory
    expect(minutes).toHaveLength(61)
    expect(minutes.at(-1)).toMatchObject({ oldestViewMs: 40 })
    expect(minutes.at(0)).toMatchObject({ oldestViewMs: null })
    expect(applies).toMatchObject([{ partition: 3, upTo: '10', afterMs: expect.any(Number) }])
  })

  it('has nothing to tell of one that nobody knows', async () => {
    expect((await ask('/v1/edges/nobody')).status).toBe(404)
  })
})

describe('explaining a token', () => {
  const raised = (): RecheckAnswer => {
    const scope = scopeKey({ kind: 'subject', subject: ALICE, claim: 'groups' })
    const cause = { source: 'hr', change: 'c9' }
    const position = { e: 1n, offset: 1_000_000n }
    return knowing({ watermarks: new Map([[scope, { position, ...cause }]]) })
  }

  it('says of a whole token, claim by claim, that it is fresh', async () => {
    const { status, body } = await explain({ token: world.token() })
    expect(status).toBe(200)
    expect(body).toMatchObject({ claims: { groups: { verdict: 'fresh' } }, ledger: null })
  })

  it('says why it is stale, and by which change', async () => {
    answer = raised()
    const { body } = await explain({ token: world.token() })
    expect(body).toMatchObject({
      claims: { groups: { verdict: 'stale', reason: 'claim-changed', change: 'c9' } },
    })
  })

  it('answers for an id from the ledger, with its mark in RFC 3339', async () => {
    answer = raised()
    found = {
      token: {
        tenant: 'acme',
        issuer: EDGE_ISSUER,
        kid: 'token-1',
        jti: 'j1',
        client: 'web',
        pv: 1,
        parties: [{ subject: ALICE, label: { e: 1n, s: 10n, c: 5n } }],
        claims: new Map([['groups', []]]),
      },
      audience: 'payments',
      iatMs: 1_000,
      expMs: 301_000,
      mark: { atMs: 2_000, reason: 'claim-changed', source: 'hr', change: 'c9' },
    }
    const { body } = await ask('/v1/tokens/j1')
    expect(body).toMatchObject({
      jti: 'j1',
      expired: true,
      parties: [{ label: { e: '1', s: '10', c: '5' } }],
      claims: { groups: { verdict: 'stale', change: 'c9' } },
      ledger: {
        issuedAt: '1970-01-01T00:00:01.000Z',
        mark: { at: '1970-01-01T00:00:02.000Z', source: 'hr', change: 'c9' },
      },
    })
  })

  it('is 404 for an id that the ledger does not know', async () => {
    expect((await ask('/v1/tokens/j2')).status).toBe(404)
  })

  it.each([
    ['a token of another signer', { token: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln' }],
    ['a body without a token', { jwt: 'x' }],
    ['a body that is no JSON', '{'],
  ])('refuses %s as the question’s fault', async (_, body) => {
    expect((await explain(body)).status).toBe(400)
  })

  it('never repeats the token in a refusal', async () => {
    const { body } = await explain({ token: 'secret-part.e30.c2ln' })
    expect(JSON.stringify(body)).not.toContain('secret-part')
  })
})
