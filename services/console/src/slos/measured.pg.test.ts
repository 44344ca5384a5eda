import type { NumberedReport } from '@freshet/wire'
import { createObservatory, type ObservatoryStore } from '@freshet/insight'
import { postgresObservatoryStore } from '@freshet/postgres'
import { acmeRegistry, loggedChange, ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { consoleOn, type ConsoleUnderTest } from '../../../../test/setup/console-on-postgres.ts'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'

const PAYMENTS = { name: 'payments', claims: ['groups', 'entitlements'], ttlMs: 300_000 }
const AUDIENCES = new Map([['payments', { ...PAYMENTS, routes: new Map() }]])

const NO_ALERTS = { alerts: [], alertWindows: [] }
const LEVEL = {
  description: 'd',
  class: null,
  thresholdMs: null,
  target: 0.9999,
  windowDays: 28,
  ...NO_ALERTS,
}
const LEVELS = (['stale-allows', 'coverage'] as const).map((sli) => ({ ...LEVEL, name: sli, sli }))

let clock: ManualClock
let database: FreshDatabase
let store: ObservatoryStore
let ask: ConsoleUnderTest['ask']

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  const tables = 'change_log, edge, edge_apply, edge_minute, edge_start, edge_exposure, claim_use'
  await database.db.query({ name: '', text: emptied(tables) })
  clock = new ManualClock()
  store = postgresObservatoryStore(database.system, clock)
  const loaded = { registry: acmeRegistry({ audiences: AUDIENCES }), hash: 'h' }
  const observatory = createObservatory({ store, clock })
  ask = consoleOn(database, clock, { observatory, slos: LEVELS, loaded: () => loaded }).ask
})

const nowMs = (): number => clock.nowMs()

/** A report as edges send it now: numbered, and counted. */
async function reportFromEdge(more: Partial<NumberedReport>): Promise<void> {
  const applies = [{ upTo: 10n, appendedAtMs: 120, appliedAtMs: 126, allowsSinceMs: 50 }]
  const report: NumberedReport = {
    edge: 'edge-1',
    audience: 'payments',
    version: '0.1.0',
    atMs: nowMs(),
    state: 'live',
    partitions: [{ partition: 3, e: 1n, applied: 10n, viewAgeMs: 40, applies }],
    decisions: { allow: 0, deny: 0, challenge: 0 },
    start: 'a',
    n: 0,
    ...more,
  }
  await store.record([{ report, reportedAtMs: nowMs() }])
}

describe('what edges measured', () => {
  it('is told with the change: what was let in after it was committed, by edge and route', async () => {
    await seedChange(database.db, loggedChange())
    const at = { tenant: 'acme', partition: 3, offset: 9n, change: 'c1', commitAtMs: 100 }
    const let7 = { ...at, route: 'POST /approve', requests: 7, firstAtMs: 110, lastAtMs: 119 }
    await reportFromEdge({ clock: { offsetMs: -3_600_000, errorMs: 1.5 }, exposed: [let7] })
    expect(await ask('/v1/changes/c1')).toMatchObject({
      body: {
        items: [
          {
            exposure: {
              requests: 7,
              errorMs: 1.5,
              isLowerBound: false,
              notKnown: [],
              byEdge: [{ edge: 'edge-1', route: 'POST /approve', requests: 7 }],
            },
          },
        ],
      },
    })
    const { body } = await ask('/v1/edges')
    const edge = { conflict: false, clock: { offsetMs: -3_600_000, errorMs: 1.5 } }
    expect(body).toMatchObject({ items: [{ edge: 'edge-1', ...edge }] })
  })

  it('is in the objective of stale allows: each change with edge, route and requests, and in no other', async () => {
    await seedChange(database.db, loggedChange())
    const at = { tenant: 'acme', partition: 3, offset: 9n, change: 'c1', commitAtMs: 100 }
    const let7 = { ...at, route: 'POST /approve', requests: 7, firstAtMs: 110, lastAtMs: 119 }
    await reportFromEdge({ exposed: [let7] })
    const { body } = await ask('/v1/slos/stale-allows')
    const row = {
      tenant: 'acme',
      change: 'c1',
      edge: 'edge-1',
      route: 'POST /approve',
      requests: 7,
    }
    expect(body).toMatchObject({ letIn: [{ ...row, lastAt: '1970-01-01T00:00:00.119Z' }] })
    expect((await ask('/v1/slos/coverage')).body).not.toHaveProperty('letIn')
  })

  it('is not called complete by a report that is stored while its parts are read', async () => {
    await seedChange(database.db, loggedChange())
    const applied = { partition: 3, e: 1n, applied: 10n, viewAgeMs: 40 }
    await reportFromEdge({ partitions: [{ ...applied, applied: 9n, applies: [] }] })
    const at = { tenant: 'acme', partition: 3, offset: 9n, change: 'c1', commitAtMs: 100 }
    const let7 = { ...at, route: 'POST /approve', requests: 7, firstAtMs: 110, lastAtMs: 119 }
    const stored = vi.fn(() => reportFromEdge({ n: 1, exposed: [let7] }))
    const before = { ...store }
    store.exposed = async (...of) => {
      const found = await before.exposed(...of)
      if (stored.mock.calls.length === 0) await stored()
      return found
    }
    store.applies = async (...of) => {
      await Promise.all(stored.mock.results.map(({ value }) => value))
      return await before.applies(...of)
    }
    const now = { requests: null, isLowerBound: true, byEdge: [] }
    const answer = await ask('/v1/changes/c1')
    expect(answer).toMatchObject({ body: { items: [{ exposure: now }] } })
    const next = { requests: 7, isLowerBound: false, notKnown: [] }
    expect(await ask('/v1/changes/c1')).toMatchObject({ body: { items: [{ exposure: next }] } })
  })

  it('is of nobody certain where two processes report under one id', async () => {
    await reportFromEdge({})
    await reportFromEdge({ start: 'b' })
    await reportFromEdge({ n: 1 })
    expect(await ask('/v1/edges')).toMatchObject({ body: { items: [{ conflict: true }] } })
  })

  it('is told of claims that nobody used, with the registry that would be smaller', async () => {
    const of = { audience: 'payments', route: 'POST /approve', claim: 'groups' }
    await reportFromEdge({
      used: [{ ...of, decisions: 10, required: 10, needed: 10, carried: 400 }],
    })
    const today = new Date(nowMs()).toISOString().slice(0, 10)
    expect(await ask('/v1/registry/usage?days=7')).toMatchObject({
      status: 200,
      body: {
        days: 7,
        items: [
          {
            audience: 'payments',
            since: today,
            claims: [
              { claim: 'groups', state: 'used', needed: 1, carried: 40, isWide: true },
              { claim: 'entitlements', state: 'unused' },
            ],
            routes: [{ route: 'POST /approve', claim: 'groups', decisions: 10 }],
          },
        ],
        differences: [{ sentence: 'tokens for payments no longer carry entitlements' }],
      },
    })
  })

  it.each(['0', '91', '-1', '7d', ''])('is not told of %j days', async (days) => {
    expect(await ask(`/v1/registry/usage?days=${days}`)).toMatchObject({ status: 400 })
  })
})
