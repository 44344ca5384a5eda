import type { PublisherStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { own, PARTITION, record, stored, valueText } from './publisher-rows.ts'
import type { PublisherUnderTest } from './publisher-under-test.ts'

/** Checks how a {@link PublisherStore} stores a new head. */
export function registerPublisherHeads(
  name: string,
  make: () => Promise<PublisherUnderTest>,
): void {
  describe(`publisher store: ${name}: heads`, () => {
    let under: PublisherUnderTest
    let store: PublisherStore
    beforeEach(async () => {
      under = await make()
      store = under.store
    })

    test('a zombie stores nothing: the generation is another (rule 42)', async () => {
      const zombie = await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      const snapshot = await store.snapshot(PARTITION)
      await under.expireOwnership(PARTITION)
      await store.take(PARTITION, 'b')
      expect(await store.store(stored(snapshot, zombie))).toBe(false)
      expect((await store.snapshot(PARTITION)).rows.map(valueText)).toEqual(['one'])
    })

    test('partitions at the same time are read and stored each for itself', async () => {
      const both = [PARTITION, PARTITION + 1]
      const generation = await own(store)
      const zombie = (await store.take(PARTITION + 1, 'a')) ?? 0n
      await under.addRow(PARTITION, record('one'), 'c1')
      await under.addRow(PARTITION + 1, record('two'), 'c2')
      const snapshotsOfBoth = () => Promise.all(both.map((each) => store.snapshot(each)))
      const rowsOfBoth = async (): Promise<readonly (readonly string[])[]> =>
        (await snapshotsOfBoth()).map(({ rows }) => rows.map(valueText))
      expect(await rowsOfBoth()).toEqual([['one'], ['two']])
      const [here, there] = await snapshotsOfBoth()
      await under.expireOwnership(PARTITION + 1)
      await store.take(PARTITION + 1, 'b')
      const late = there && { ...stored(there, zombie), partition: PARTITION + 1 }
      const heads = [late, here && stored(here, generation)].filter((head) => head !== undefined)
      expect(await Promise.all(heads.map((head) => store.store(head)))).toEqual([false, true])
      expect(await rowsOfBoth()).toEqual([[], ['two']])
    })

    test('a head that was not the one linked to is not replaced (rules 42 and 43)', async () => {
      const generation = await own(store)
      const snapshot = await store.snapshot(PARTITION)
      await store.store({ ...stored(snapshot, generation), head: { hash: 'x', offset: 4n } })
      const late = stored(snapshot, generation)
      expect(await store.store({ ...late, linked: null })).toBe(false)
      expect((await store.snapshot(PARTITION)).head?.hash).toBe('x')
    })

    test('a new root is the base and forgets the candidates before it', async () => {
      const generation = await own(store)
      const snapshot = await store.snapshot(PARTITION)
      await store.store({ ...stored(snapshot, generation), isAnew: true })
      const after = await store.snapshot(PARTITION)
      expect(after.base).toEqual({ hash: 'base', offset: 3n })
      expect(after.baseCandidates.map(({ hash }) => hash)).toEqual(['base'])
    })

    test('it remembers which keys signed since base, and base is passed by none of them', async () => {
      const generation = await own(store)
      const put = async (kid: string, head: bigint, base: bigint, isAnew = false) => {
        const snapshot = await store.snapshot(PARTITION)
        const ref = (offset: bigint) => ({ hash: `c${kid}${offset}`, offset })
        const refs = { head: ref(head), base: ref(base), kid, isAnew }
        expect(await store.store({ ...stored(snapshot, generation), ...refs })).toBe(true)
        return [...(await store.snapshot(PARTITION)).signers].toSorted()
      }
      expect((await store.snapshot(PARTITION)).signers).toEqual(new Set())
      expect(await put('k1', 11n, 3n, true)).toEqual(['k1'])
      expect(await put('k1', 14n, 3n)).toEqual(['k1'])
      expect(await put('k2', 17n, 3n)).toEqual(['k1', 'k2'])
      expect(await put('k2', 20n, 14n)).toEqual(['k1', 'k2'])
      expect(await put('k2', 23n, 15n)).toEqual(['k2'])
      // A topic that was made anew counts from 0 again.
      expect(await put('k3', 2n, 1n, true)).toEqual(['k3'])
    })
  })
}
