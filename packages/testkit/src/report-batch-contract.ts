import { describe, expect, test } from 'vitest'
import { SLI_NOW_MS as NOW, sliReport, type SliUnderTest } from './sli-world.ts'

/** What every store must keep of reports that come together. `make` empties what was kept before. */
export function registerReportBatchContract(name: string, make: () => Promise<SliUnderTest>): void {
  describe(`reports that come together: ${name}`, () => {
    test('say what they say one by one', async () => {
      const states = ['live', 'live', 'closing', 'starting', 'live', 'live'] as const
      const told = ['edge-1', 'edge-2'].flatMap((edge) =>
        states.map((state, n) => {
          const applies = [{ upTo: BigInt(9 + n), appendedAtMs: NOW + n, appliedAtMs: NOW + n + 7 }]
          const own = { applied: BigInt(9 + n), viewAgeMs: 40 * n, applies }
          return { report: sliReport({ edge, state }, own), reportedAtMs: NOW + n * 20_000 }
        }),
      )
      const together = await make()
      await together.observatory.record(told)
      const found = await saidOf(together)
      const apart = await make()
      for (const each of told) await apart.observatory.record([each])
      expect(await saidOf(apart)).toEqual(found)
      expect(found.minutes.filter(({ edge }) => edge === 'edge-1')).toEqual([
        expect.objectContaining({ minuteMs: NOW, oldestMs: 20_040, allows: 2 }),
        expect.objectContaining({ minuteMs: NOW + 60_000, oldestMs: 20_160, allows: 2 }),
      ])
    })
  })
}

async function saidOf({ sli, observatory }: SliUnderTest) {
  const edges = await observatory.edges(0)
  const minutes = await sli.edgeMinutes(0)
  const sorted = minutes.toSorted((a, b) => a.edge.localeCompare(b.edge) || a.minuteMs - b.minuteMs)
  return { edges, minutes: sorted, applies: await observatory.applies(3, 9n) }
}
