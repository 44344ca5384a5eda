import type { AssertionStore, UsedAssertion } from '@freshet/authority'
import { beforeEach, describe, expect, test } from 'vitest'

const assertion: UsedAssertion = { client: 'web', jti: 'a1', expMs: 60_000 }

/** Checks every {@link AssertionStore}; `make` gives two processes' stores on one database. */
export function registerAssertionContract(
  name: string,
  make: () => Promise<readonly [AssertionStore, AssertionStore]>,
): void {
  describe(`assertion store: ${name}`, () => {
    let store: AssertionStore
    let other: AssertionStore
    beforeEach(async () => {
      ;[store, other] = await make()
    })

    test('an assertion is used once, in whichever process', async () => {
      expect(await store.use(assertion)).toBe(true)
      expect(await store.use(assertion)).toBe(false)
      expect(await other.use(assertion)).toBe(false)
    })

    test('of many uses at once one is the first', async () => {
      const uses = Array.from({ length: 20 }, (_, n) => (n % 2 ? store : other).use(assertion))
      expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1)
    })

    test('another client may use the same name, and the same client another', async () => {
      await store.use(assertion)
      expect(await store.use({ ...assertion, client: 'batch' })).toBe(true)
      expect(await store.use({ ...assertion, jti: 'a2' })).toBe(true)
    })

    test('what expired before is forgotten, the rest is not', async () => {
      await store.use(assertion)
      await store.use({ ...assertion, jti: 'a2', expMs: 60_001 })
      expect(await store.forgetBefore(60_001)).toBe(1)
      expect(await store.use(assertion)).toBe(true)
      expect(await store.use({ ...assertion, jti: 'a2' })).toBe(false)
    })
  })
}
