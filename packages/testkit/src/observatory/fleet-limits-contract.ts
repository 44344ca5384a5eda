import { COUNTED_EDGES_MAX, EXACT_EDGES_MAX } from '@freshet/protocol/slo'
import { REPORTS_MAX } from '@freshet/insight'
import { describe, expect, test } from 'vitest'
import { apply, manyEdges, names, numbered, openChange, turnsOf } from './many-edges-world.ts'
import { SLI_NOW_MS as NOW, sliSums, type SliUnderTest } from '../slis/sli-world.ts'

const passed = (afterMs: number) => ({ applied: 12n, applies: [apply(12n, afterMs)] })
const [slow = '', ...others] = names.slice(0, EXACT_EDGES_MAX)
const [last = '', ...most] = others
/** With it they are too many. */
const ONE_MORE = 'edge-more'

/**
 * Checks the answers of every store about fleets that grow or shrink. `make` empties what was kept before.
 */
export function registerFleetLimitsContract(name: string, make: () => Promise<SliUnderTest>): void {
  describe(`a fleet that becomes too large to be told of one by one: ${name}`, () => {
    test('is not measured as faster than the edge that was slow before', async () => {
      const under = await manyEdges(await make(), [slow, ...others])
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
      const under = await manyEdges(await make(), [slow, ...others])
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

  describe(`a fleet that becomes small enough again: ${name}`, () => {
    test('is not measured as faster than the edge that was slow until then', async () => {
      const under = await make()
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

  describe(`a fleet of more edges than are counted: ${name}`, () => {
    const all = Array.from({ length: COUNTED_EDGES_MAX + 1 }, (_, n) => `edge-${n}`)

    /** All have applied the change at once, the last of them unseen. */
    async function fleet(edges: readonly string[]) {
      const under = await make()
      await turnsOf(under)(NOW - 30_000)
      await inLots(edges, (lot) => manyEdges(under, lot))
      const turn = await openChange(under)
      await inLots(edges, (lot) =>
        under.observatory.record(
          lot.map((edge) => numbered({ edge, n: 1 }, passed(30), NOW + 100)),
        ),
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
      await under.observatory.record([
        { ...report, report: { ...report.report, state: 'closing' } },
      ])
      expect(await under.observatory.uncountedEdges(NOW)).toBe(0)
      const counted = await under.observatory.edges(NOW)
      expect(counted.every(({ liveSinceMs }) => liveSinceMs !== null)).toBe(true)
    })
  })
}

async function inLots(
  edges: readonly string[],
  work: (lot: readonly string[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < edges.length; at += REPORTS_MAX)
    await work(edges.slice(at, at + REPORTS_MAX))
}
