import type { Exposure, NumberedReport } from '@freshet/wire'
import type { LoggedChange, NewExposure, ObservatoryStore } from '@freshet/insight'
import { loggedChange, ManualClock } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresObservatoryStore } from './observatory-store.ts'

const DAY_MS = 86_400_000

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

describe('what edges measured of their requests', () => {
  let store: ObservatoryStore
  beforeEach(async () => {
    const text = emptied(
      'change_log, edge, edge_apply, edge_minute, edge_start, edge_exposure, claim_use',
    )
    await database.db.query({ name: '', text })
    store = postgresObservatoryStore(database.system, new ManualClock())
  })
  const seed = (change: LoggedChange): Promise<void> => seedChange(database.db, change)
  const record = (report: NumberedReport, reportedAtMs: number) =>
    store.record([{ report, reportedAtMs }])
  const isCounted = async (report: NumberedReport, reportedAtMs: number): Promise<boolean> =>
    (await record(report, reportedAtMs)).counted.length > 0
  const newlyExposed = async (
    report: NumberedReport,
    reportedAtMs: number,
  ): Promise<readonly NewExposure[]> => (await record(report, reportedAtMs)).exposed

  test('a report counts once: neither again, nor after a later one of its start', async () => {
    expect(await isCounted(numbered({ n: 3, used: [use()] }), 1_000)).toBe(true)
    expect(await isCounted(numbered({ n: 3, used: [use()] }), 1_000)).toBe(false)
    expect(await isCounted(numbered({ n: 2, used: [use()] }), 2_000)).toBe(false)
    expect(await isCounted(numbered({ n: 4, used: [use()] }), 3_000)).toBe(true)
    const other = numbered({ start: 'b', n: 0, used: [use()] })
    expect(await isCounted(other, 4_000)).toBe(true)
    const [found] = await store.uses({ fromDay: 0 })
    expect(found).toEqual({
      ...use(),
      decisions: 15,
      required: 12,
      needed: 24,
      carried: 60,
      sinceDay: 0,
    })
  })

  test('of reports that come together each counts once, too', async () => {
    const of = { used: [use()], exposed: [exposure()] }
    const reports = [3, 4, 4, 2, 5].map((n) => ({
      report: numbered({ n, ...of }),
      reportedAtMs: 1_000 * n,
    }))
    const { start: _start, ...unnumbered } = numbered(of)
    const earlier = { report: unnumbered, reportedAtMs: 9 }
    const { counted, exposed } = await store.record([...reports, earlier])
    expect(counted.map(({ report }) => report.n)).toEqual([3, 4, 5])
    expect(exposed).toHaveLength(1)
    const [found] = await store.uses({ fromDay: 0 })
    expect(found?.decisions).toBe(15)
    expect(await store.starts(0)).toMatchObject([{ firstAtMs: 3_000, lastAtMs: 5_000 }])
    expect(await store.record(reports)).toEqual({ counted: [], exposed: [], ignored: [] })
  })

  test('the changes with the most stale allows are found, by edge and route, the worst first', async () => {
    const few = exposure({ requests: 1, lastAtMs: 700 })
    const many = exposure({ change: 'c2', requests: 6, lastAtMs: 650 })
    const more = exposure({ change: 'c2', requests: 2, lastAtMs: 800, offset: many.offset + 1n })
    await record(numbered({ n: 0, exposed: [few, many] }), 1_000)
    await record(numbered({ n: 1, exposed: [more] }), 2_000)
    const of = { tenant: few.tenant, edge: 'edge-1', route: few.route }
    expect(await store.worstExposed(0, 9)).toEqual([
      { ...of, change: 'c2', requests: 8, lastAtMs: 800 },
      { ...of, change: few.change, requests: 1, lastAtMs: 700 },
    ])
    expect(await store.worstExposed(0, 1)).toHaveLength(1)
    expect(await store.worstExposed(2_000, 9)).toMatchObject([{ requests: 2 }])
    expect(await store.worstExposed(2_001, 9)).toEqual([])
  })

  test('starts are reported with their first and latest report and the clock of that, latest first', async () => {
    await record(numbered({ n: 0, clock: { offsetMs: 1, errorMs: null } }), 1_000)
    const clock = { offsetMs: -3_600_000.5, errorMs: 2.25 }
    await record(numbered({ n: 1, clock }), 2_000)
    await record(numbered({ edge: 'edge-2', start: 'b', n: 9 }), 3_000)
    expect(await store.starts(0)).toEqual([
      { edge: 'edge-2', start: 'b', firstAtMs: 3_000, lastAtMs: 3_000, clock: null },
      { edge: 'edge-1', start: 'a', firstAtMs: 1_000, lastAtMs: 2_000, clock },
    ])
    expect(await store.starts(2_001)).toHaveLength(1)
    await store.forget(2_001)
    expect(await store.starts(0)).toHaveLength(1)
  })

  test('uses are summed up by route and claim over the days asked for', async () => {
    const other = use({ route: 'GET /other' })
    await record(numbered({ n: 0, used: [use(), use(), other] }), 0)
    await record(numbered({ n: 1, used: [use()] }), DAY_MS)
    await record(numbered({ n: 2, used: [use()] }), 2 * DAY_MS)
    const found = await store.uses({ fromDay: 1 })
    expect(found).toEqual([
      { ...use(), decisions: 10, required: 8, needed: 16, carried: 40, sinceDay: 1 },
    ])
    expect((await store.uses({ fromDay: 0 })).map(({ decisions }) => decisions)).toEqual([5, 20])
    await store.forgetUses({ fromDay: 2 })
    expect(await store.uses({ fromDay: 0 })).toMatchObject([{ decisions: 5, sinceDay: 2 }])
  })

  test('an exposure is stored once for any number of reports, with the class of its change', async () => {
    await seed(loggedChange())
    const report = numbered({ n: 0, exposed: [exposure(), exposure({ route: 'GET /a' })] })
    const twice = [
      { class: 'reduce', requests: 7 },
      { class: 'reduce', requests: 7 },
    ]
    expect(await newlyExposed(report, 1_000)).toEqual(twice)
    expect(await newlyExposed({ ...report, n: 1 }, 2_000)).toEqual([])
    const restarted = { ...report, start: 'b', n: 0, clock: { offsetMs: 0, errorMs: 1.5 } }
    expect(await newlyExposed(restarted, 3_000)).toEqual(twice)
    const found = await store.exposed(loggedChange())
    expect(found.map(({ route }) => route)).toEqual(['GET /a', 'GET /a', 'r', 'r'])
    expect(found.filter(({ errorMs }) => errorMs === 1.5)).toHaveLength(2)
    expect(found.filter(({ errorMs }) => errorMs === null)).toHaveLength(2)
    expect(found[0]).toMatchObject({
      edge: 'edge-1',
      requests: 7,
      firstAtMs: 130,
      lastAtMs: 140,
    })
  })

  test('an exposure of the end of an account is of the class that such are measured in', async () => {
    await seed(loggedChange({ kind: 'account', claim: null, class: null }))
    const exposures = await newlyExposed(numbered({ n: 0, exposed: [exposure()] }), 1_000)
    expect(exposures).toEqual([{ class: 'kill', requests: 7 }])
  })

  test('an exposure of an unknown change has no class, and belongs to no other change', async () => {
    const strangers = [
      exposure({ change: 'unknown' }),
      exposure({ tenant: 'umbrella' }),
      exposure({ commitAtMs: 101 }),
      exposure({ partition: 4 }),
    ]
    await seed(loggedChange())
    const kept = await newlyExposed(numbered({ n: 0, exposed: strangers }), 1_000)
    expect(kept.map((each) => each.class)).toEqual([null, null, null, null])
    expect(await store.exposed(loggedChange())).toEqual([])
    expect(await store.exposed(loggedChange({ id: 'unknown' }))).toHaveLength(1)
    await store.forgetExposed(1_001)
    expect(await store.exposed(loggedChange({ id: 'unknown' }))).toEqual([])
  })

  test('an apply has the time since when it was compared with all allowed requests', async () => {
    const applies = [{ upTo: 10n, appendedAtMs: 90, appliedAtMs: 100, allowsSinceMs: 40 }]
    await record(numbered({ n: 0 }, applies), 1_000)
    expect(await store.applies(3, 9n)).toEqual([
      { edge: 'edge-1', reportedAtMs: 1_000, ...applies[0] },
    ])
  })

  test('numbers of which none could be believed are kept as large as can be, and stop nothing', async () => {
    const most = use({ decisions: Number.MAX_SAFE_INTEGER, carried: Number.MAX_SAFE_INTEGER })
    for (let n = 0; n < 3; n++) await record(numbered({ n, used: [most, most, most] }), 0)
    const [found] = await store.uses({ fromDay: 0 })
    expect(found?.decisions).toBeGreaterThanOrEqual(Number.MAX_SAFE_INTEGER)
  })
})

function use(more: Partial<NonNullable<NumberedReport['used']>[number]> = {}) {
  return {
    audience: 'payments',
    route: 'POST /approve',
    claim: 'groups',
    decisions: 5,
    required: 4,
    needed: 8,
    carried: 20,
    ...more,
  }
}

function exposure(more: Partial<Exposure> = {}): Exposure {
  const at = { tenant: 'acme', partition: 3, offset: 9n, change: 'c1', commitAtMs: 100 }
  return { ...at, route: 'r', requests: 7, firstAtMs: 130, lastAtMs: 140, ...more }
}

function numbered(
  more: Partial<NumberedReport>,
  applies: NumberedReport['partitions'][number]['applies'] = [],
): NumberedReport {
  return {
    edge: 'edge-1',
    audience: 'payments',
    version: '0.1.0',
    atMs: 1,
    state: 'live',
    partitions: [{ partition: 3, e: 1n, applied: 12n, viewAgeMs: 40, applies }],
    decisions: { allow: 0, deny: 0, challenge: 0 },
    start: 'a',
    n: 0,
    ...more,
  }
}
