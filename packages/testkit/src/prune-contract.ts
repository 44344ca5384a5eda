import type { PruneStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'

/** A store under test, and the watermarks behind it. */
export interface PruneUnderTest {
  readonly store: PruneStore
  addWatermark(scopeKey: string, raisedAtMs: number): Promise<void>
  /** Scope keys that are left, sorted. */
  left(): Promise<readonly string[]>
}

/** What every {@link PruneStore} must do. */
export function registerPruneContract(name: string, make: () => Promise<PruneUnderTest>): void {
  describe(`prune store: ${name}`, () => {
    let under: PruneUnderTest
    beforeEach(async () => {
      under = await make()
      for (const [scope, at] of [
        ['a', 10],
        ['b', 20],
        ['c', 30],
      ] as const) {
        await under.addWatermark(scope, at)
      }
    })

    test('watermarks that were raised before go, the others stay (rule 25)', async () => {
      expect(await under.store.pruneWatermarks(30, 100)).toBe(2)
      expect(await under.left()).toEqual(['c'])
      expect(await under.store.pruneWatermarks(30, 100)).toBe(0)
    })

    test('one call removes no more than its limit, the oldest first', async () => {
      expect(await under.store.pruneWatermarks(100, 1)).toBe(1)
      expect(await under.left()).toEqual(['b', 'c'])
    })
  })
}
