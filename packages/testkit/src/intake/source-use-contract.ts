import type { SourceUse, SourceUseStore } from '@freshet/intake'
import { beforeEach, describe, expect, test } from 'vitest'

const use = (jti: string, more: Partial<SourceUse> = {}): SourceUse => ({
  source: 'hr',
  jti,
  expMs: 60_000,
  ...more,
})

/** Checks every {@link SourceUseStore}; `make` gives two gateways' stores on one database. */
export function registerSourceUseContract(
  name: string,
  make: () => Promise<readonly [SourceUseStore, SourceUseStore]>,
): void {
  describe(`store of used source assertions: ${name}`, () => {
    let store: SourceUseStore
    let other: SourceUseStore
    beforeEach(async () => {
      ;[store, other] = await make()
    })

    test('an assertion is used once, at whichever gateway', async () => {
      expect(await store.use([use('a')])).toEqual([true])
      expect(await store.use([use('b'), use('a'), use('c')])).toEqual([true, false, true])
      expect(await other.use([use('a'), use('d')])).toEqual([false, true])
    })

    test('of many uses at once one is the first', async () => {
      const uses = Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? store : other).use(n % 3 ? [use('a'), use('b')] : [use('b'), use('a')]),
      )
      const first = (await Promise.all(uses)).flat().filter(Boolean)
      expect(first).toHaveLength(2)
    })

    test('another source may use the same name', async () => {
      await store.use([use('a')])
      expect(await store.use([use('a', { source: 'iga' })])).toEqual([true])
    })

    test('what expired before is forgotten, the rest is not, as many as asked for', async () => {
      await store.use([use('a'), use('b'), use('c', { expMs: 60_001 })])
      expect(await store.forgetBefore(60_001, 1)).toBe(1)
      expect(await store.forgetBefore(60_001, 5)).toBe(1)
      expect(await store.use([use('a'), use('c')])).toEqual([true, false])
    })
  })
}
