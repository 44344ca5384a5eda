import { groupName } from '@freshet/protocol/slo'
import type { RecordedApply } from '@freshet/insight'
import { describe, expect, test } from 'vitest'
import { apply, manyEdges, names, numbered, openChange } from './many-edges-world.ts'
import { SLI_NOW_MS as NOW, sliReport, type SliUnderTest } from '../slis/sli-world.ts'

/** Checks the stored content of reports that come together. `make` empties what was kept before. */
export function registerReportBatchContract(name: string, make: () => Promise<SliUnderTest>): void {
  describe(`reports that come together: ${name}`, () => {
    test('say what they say one by one', async () => {
      const states = ['live', 'live', 'closing', 'starting', 'live', 'live'] as const
      const reports = ['edge-1', 'edge-2'].flatMap((edge) =>
        states.map((state, n) => {
          const applies = [{ upTo: BigInt(9 + n), appendedAtMs: NOW + n, appliedAtMs: NOW + n + 7 }]
          const own = { applied: BigInt(9 + n), viewAgeMs: 40 * n, applies }
          return { report: sliReport({ edge, state }, own), reportedAtMs: NOW + n * 20_000 }
        }),
      )
      const batched = await make()
      await batched.observatory.record(reports)
      const found = await storedIn(batched)
      const apart = await make()
      for (const each of reports) await apart.observatory.record([each])
      expect(await storedIn(apart)).toEqual(found)
      expect(found.minutes.filter(({ edge }) => edge === 'edge-1')).toEqual([
        expect.objectContaining({ minuteMs: NOW, oldestMs: 20_040, allows: 3 }),
        expect.objectContaining({ minuteMs: NOW + 60_000, oldestMs: 20_160, allows: 2 }),
      ])
    })

    test('of more edges than are told of one by one say by when the last of a group had applied', async () => {
      const { observatory } = await manyEdges(await make())
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

    test('tell of a lost one that what it listed was applied by the next', async () => {
      const { observatory } = await manyEdges(await make())
      const own = { applied: 12n, applies: [apply(12n, 30)] }
      const [first = '', ...others] = names
      await observatory.record(others.map((edge) => numbered({ edge, n: 1 }, own, NOW + 100)))
      const silent = { applied: 14n, applies: [] }
      await observatory.record([numbered({ edge: first, n: 2 }, silent, NOW + 2_000)])
      expect(await observatory.groupApplies(3, 9n)).toMatchObject([{ appliedAtMs: NOW + 2_000 }])
    })

    test('let a change be complete once every edge of its groups has passed it, as an upper bound', async () => {
      const under = await manyEdges(await make())
      const { observatory } = under
      const turn = await openChange(under)
      const own = { applied: 12n, applies: [apply(12n, 30)] }
      const [last = '', ...others] = names
      await observatory.record(others.map((edge) => numbered({ edge, n: 1 }, own, NOW + 100)))
      expect((await turn(NOW + 400))?.measured).toEqual([])
      const late = { applied: 12n, applies: [apply(12n, 300)] }
      await observatory.record([numbered({ edge: last, n: 1 }, late, NOW + 450)])
      const { measured = [] } = (await turn(NOW + 700)) ?? {}
      const sample = { completeMs: 310, edges: names.length, isUpperBound: true }
      expect(measured.map((each) => each.sample)).toMatchObject([sample])
      expect(await under.sli.samplesOf(['c1'])).toMatchObject([sample])
    })
  })
}

async function storedIn({ sli, observatory }: SliUnderTest) {
  const edges = await observatory.edges(0)
  const edgeNames = edges.map(({ edge }) => edge)
  const minutes = await sli.edgeMinutes([NOW, NOW + 60_000], edgeNames)
  return { edges, minutes, applies: await observatory.applies(3, 9n) }
}
