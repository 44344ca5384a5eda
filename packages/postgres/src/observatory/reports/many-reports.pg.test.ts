import { COUNTED_EDGES_MAX, EXACT_EDGES_MAX, groupName } from '@freshet/protocol/slo'
import {
  measureTurn,
  REPORTS_MAX,
  type ReceivedReport,
  type RecordedApply,
  type TurnResult,
} from '@freshet/insight'
import {
  acmeRegistry,
  loggedChange,
  MEASURED_SLOS,
  SLI_NOW_MS as NOW,
  sliReport,
} from '@freshet/testkit'
import type { EdgeApply } from '@freshet/wire'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { sliStores, sliSums, type SliUnderTest } from '../../../../../test/setup/sli-stores.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

/** One turn of measuring at a time; all reports until then are read. */
type TakeTurn = (nowMs: number) => Promise<TurnResult | undefined>

/** Takes turns of measuring. */
function turnsOf(under: SliUnderTest): TakeTurn {
  return (nowMs) =>
    under.sli.inTurn((tx) =>
      measureTurn(tx, {
        clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
        slos: MEASURED_SLOS,
        registry: acmeRegistry(),
        horizonMs: nowMs,
        after: null,
      }),
    )
}

/** Opens a change whose revocation stands at offset 9, and answers how to take a turn of measuring. */
async function openChange(under: SliUnderTest): Promise<TakeTurn> {
  const turn = turnsOf(under)
  await turn(NOW)
  const times = { occurredAtMs: NOW - 9, appendedAtMs: NOW, publishedAtMs: NOW + 10 }
  await under.seedChange(loggedChange({ offset: 5n, revocationOffset: 9n, ...times }))
  await under.recordedTo(3, 1n, 6n)
  await turn(NOW + 50)
  return turn
}

/** One more edge than are reported one by one. */
const names: readonly string[] = Array.from({ length: EXACT_EDGES_MAX + 1 }, (_, n) => `edge-${n}`)

type Own = NonNullable<Parameters<typeof sliReport>[1]>

/** A report of an edge with its number. */
function numbered(
  of: { readonly edge: string; readonly n: number },
  own: Own,
  reportedAtMs: number,
): ReceivedReport {
  return { report: sliReport({ start: 'a', ...of }, own), reportedAtMs }
}

/** `afterMs`: behind its batch. */
function apply(upTo: bigint, afterMs: number): EdgeApply {
  return { upTo, appendedAtMs: NOW + 10, appliedAtMs: NOW + 10 + afterMs }
}

/** These edges live, and none has passed offset 9. */
async function manyEdges(
  under: SliUnderTest,
  edges: readonly string[] = names,
): Promise<SliUnderTest> {
  await under.recordedTo(3, 1n, 5n)
  await under.observatory.record(
    edges.map((edge) => numbered({ edge, n: 0 }, { applied: 9n }, NOW - 500)),
  )
  return under
}

const passed = (afterMs: number) => ({ applied: 12n, applies: [apply(12n, afterMs)] })
const [slow = '', ...others] = names.slice(0, EXACT_EDGES_MAX)
const [last = '', ...most] = others
/** With it they are too many. */
const ONE_MORE = 'edge-more'

describe('a fleet that is too large to be listed one by one', () => {
  test('is not measured as faster than the edge that was slow before', async () => {
    const under = await manyEdges(await sliStores(database), [slow, ...others])
    const { observatory } = under
    const turn = await openChange(under)
    await observatory.record(most.map((edge) => numbered({ edge, n: 1 }, passed(30), NOW + 100)))
    await observatory.record([numbered({ edge: slow, n: 1 }, passed(3_000), NOW + 3_100)])
    await observatory.record([numbered({ edge: ONE_MORE, n: 0 }, passed(20), NOW + 3_200)])
    await observatory.record([numbered({ edge: last, n: 1 }, passed(20), NOW + 3_300)])
    const { measured = [] } = (await turn(NOW + 4_500)) ?? {}
    expect(measured.map((each) => each.sample)).toMatchObject([
      { completeMs: 3_010, isUpperBound: true },
    ])
  })

  test('is measured exactly while it is not (control)', async () => {
    const under = await manyEdges(await sliStores(database), [slow, ...others])
    const turn = await openChange(under)
    const reports = others.map((edge) => numbered({ edge, n: 1 }, passed(30), NOW + 100))
    await under.observatory.record(reports)
    await under.observatory.record([numbered({ edge: slow, n: 1 }, passed(3_000), NOW + 3_100)])
    const { measured = [] } = (await turn(NOW + 4_500)) ?? {}
    expect(measured.map((each) => each.sample)).toMatchObject([
      { completeMs: 3_010, isUpperBound: false, slowest: slow },
    ])
  })
})

describe('a fleet that becomes small enough again', () => {
  test('is not measured as faster than the edge that was slow until then', async () => {
    const under = await sliStores(database)
    await under.observatory.record([numbered({ edge: ONE_MORE, n: 0 }, {}, NOW - 808_000)])
    await manyEdges(under, [slow, ...others])
    const turn = await openChange(under)
    const report = (edges: readonly string[], n: number, atMs: number) =>
      under.observatory.record(edges.map((edge) => numbered({ edge, n }, passed(30), atMs)))
    await report(others, 1, NOW + 100)
    const late = passed(100_000)
    await under.observatory.record([numbered({ edge: slow, n: 1 }, late, NOW + 100_100)])
    await report(others, 2, NOW + 103_000)
    const { measured = [] } = (await turn(NOW + 104_500)) ?? {}
    expect(measured.map((each) => each.sample)).toMatchObject([
      { completeMs: 100_010, isUpperBound: true },
    ])
  })
})

describe('a fleet of more edges than are counted', () => {
  const all = Array.from({ length: COUNTED_EDGES_MAX + 1 }, (_, n) => `edge-${n}`)

  /** All have applied the change at once, the last of them unseen. */
  async function fleet(edges: readonly string[]) {
    const under = await sliStores(database)
    await turnsOf(under)(NOW - 30_000)
    await inLots(edges, (lot) => manyEdges(under, lot))
    const turn = await openChange(under)
    await inLots(edges, (lot) =>
      under.observatory.record(lot.map((edge) => numbered({ edge, n: 1 }, passed(30), NOW + 100))),
    )
    const { measured = [] } = (await turn(NOW + 1_500)) ?? {}
    return { under, sample: measured[0]?.sample, sums: await sliSums(under, NOW + 1_500) }
  }

  test('has nothing that is complete, and its minutes are not all good', async () => {
    const { under, sample, sums } = await fleet(all)
    expect(await under.observatory.uncountedEdges(NOW)).toBe(1)
    expect(sample).toMatchObject({ completeMs: null, edges: all.length })
    expect(sample?.missing).toEqual(['1 more than the 20000 edges that are counted'])
    expect(sums).toMatchObject({ 'complete live': '0/1', 'apply live': '1/2' })
    expect(sums['fresh live']).toBe(`${COUNTED_EDGES_MAX}/${COUNTED_EDGES_MAX + 1}`)
  })

  test('is well while all of them are counted (control)', async () => {
    const { under, sample, sums } = await fleet(all.slice(1))
    expect(await under.observatory.uncountedEdges(NOW)).toBe(0)
    expect(sample).toMatchObject({ completeMs: 40, missing: [] })
    expect(sums).toMatchObject({ 'complete live': '1/1', 'apply live': '1/1' })
    expect(sums['fresh live']).toBe(`${COUNTED_EDGES_MAX}/${COUNTED_EDGES_MAX}`)
  })

  test('counts no edge that has closed', async () => {
    const { under } = await fleet(all)
    const report = numbered({ edge: all[7] ?? '', n: 2 }, {}, NOW + 200)
    await under.observatory.record([{ ...report, report: { ...report.report, state: 'closing' } }])
    expect(await under.observatory.uncountedEdges(NOW)).toBe(0)
    const counted = await under.observatory.edges(NOW)
    expect(counted.every(({ liveSinceMs }) => liveSinceMs !== null)).toBe(true)
  })
})

describe('reports that come together', () => {
  test('reports each edge one by one', async () => {
    const states = ['live', 'live', 'closing', 'starting', 'live', 'live'] as const
    const reports = ['edge-1', 'edge-2'].flatMap((edge) =>
      states.map((state, n) => {
        const applies = [{ upTo: BigInt(9 + n), appendedAtMs: NOW + n, appliedAtMs: NOW + n + 7 }]
        const own = { applied: BigInt(9 + n), viewAgeMs: 40 * n, applies }
        return { report: sliReport({ edge, state }, own), reportedAtMs: NOW + n * 20_000 }
      }),
    )
    const batched = await sliStores(database)
    await batched.observatory.record(reports)
    const found = await storedIn(batched)
    const apart = await sliStores(database)
    for (const each of reports) await apart.observatory.record([each])
    expect(await storedIn(apart)).toEqual(found)
    expect(found.minutes.filter(({ edge }) => edge === 'edge-1')).toEqual([
      expect.objectContaining({ minuteMs: NOW, oldestMs: 20_040, allows: 3 }),
      expect.objectContaining({ minuteMs: NOW + 60_000, oldestMs: 20_160, allows: 2 }),
    ])
  })

  test('name the time when the last edge of a group had applied, for more edges than are listed', async () => {
    const { observatory } = await manyEdges(await sliStores(database))
    const own = { applied: 12n, applies: [apply(12n, 30)] }
    await observatory.record(names.map((edge, n) => numbered({ edge, n: 1 }, own, NOW + 100 + n)))
    const found = (): Promise<readonly RecordedApply[]> => observatory.groupApplies(3, 9n)
    expect(await found()).toMatchObject([{ edge: groupName('payments'), appliedAtMs: NOW + 40 }])
    const next = { applied: 13n, applies: [apply(13n, 800)] }
    await observatory.record([numbered({ edge: names[0] ?? '', n: 2 }, next, NOW + 900)])
    expect(await found()).toMatchObject([{ upTo: 12n, appliedAtMs: NOW + 40 }])
    expect(await observatory.groupApplies(3, 12n)).toMatchObject([{ appliedAtMs: NOW + 810 }])
    const late = { applied: 12n, applies: [apply(12n, 700)] }
    await observatory.record([numbered({ edge: names[1] ?? '', n: 0 }, late, NOW + 50)])
    expect(await found()).toMatchObject([{ appliedAtMs: NOW + 40 }])
  })

  test('reports that the listed changes of a lost edge were applied by the next', async () => {
    const { observatory } = await manyEdges(await sliStores(database))
    const own = { applied: 12n, applies: [apply(12n, 30)] }
    const [first = '', ...rest] = names
    await observatory.record(rest.map((edge) => numbered({ edge, n: 1 }, own, NOW + 100)))
    const silent = { applied: 14n, applies: [] }
    await observatory.record([numbered({ edge: first, n: 2 }, silent, NOW + 2_000)])
    expect(await observatory.groupApplies(3, 9n)).toMatchObject([{ appliedAtMs: NOW + 2_000 }])
  })

  test('let a change be complete once every edge of its groups has passed it, as an upper bound', async () => {
    const under = await manyEdges(await sliStores(database))
    const { observatory } = under
    const turn = await openChange(under)
    const own = { applied: 12n, applies: [apply(12n, 30)] }
    const [behind = '', ...rest] = names
    await observatory.record(rest.map((edge) => numbered({ edge, n: 1 }, own, NOW + 100)))
    expect((await turn(NOW + 400))?.measured).toEqual([])
    const late = { applied: 12n, applies: [apply(12n, 300)] }
    await observatory.record([numbered({ edge: behind, n: 1 }, late, NOW + 450)])
    const { measured = [] } = (await turn(NOW + 700)) ?? {}
    const sample = { completeMs: 310, edges: names.length, isUpperBound: true }
    expect(measured.map((each) => each.sample)).toMatchObject([sample])
    expect(await under.sli.samplesOf(['c1'])).toMatchObject([sample])
  })
})

async function inLots(
  edges: readonly string[],
  work: (lot: readonly string[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < edges.length; at += REPORTS_MAX)
    await work(edges.slice(at, at + REPORTS_MAX))
}

async function storedIn({ sli, observatory }: SliUnderTest) {
  const edges = await observatory.edges(0)
  const edgeNames = edges.map(({ edge }) => edge)
  const minutes = await sli.edgeMinutes([NOW, NOW + 60_000], edgeNames)
  return { edges, minutes, applies: await observatory.applies(3, 9n) }
}
