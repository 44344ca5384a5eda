import { CONTROL_PARTITION, OWN_SOURCE } from '@freshet/protocol'
import type { PublisherStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { liveRowsOf } from './live-rows.ts'
import { registerPublisherHeads } from './publisher-heads-contract.ts'
import { registerPublisherQueue } from './publisher-queue-contract.ts'
import { registerPublisherRoots } from './publisher-roots-contract.ts'
import { own, PARTITION, record, valueText } from './publisher-rows.ts'
import { UNLOADED, type PublisherUnderTest } from './publisher-under-test.ts'

/** Checks every {@link PublisherStore}. */
export function registerPublisherContract(
  name: string,
  make: () => Promise<PublisherUnderTest>,
): void {
  registerPublisherQueue(name, make)
  registerPublisherHeads(name, make)
  registerPublisherRoots(name, make)
  describe(`publisher store: ${name}`, () => {
    let under: PublisherUnderTest
    let store: PublisherStore
    beforeEach(async () => {
      under = await make()
      store = under.store
    })

    test('a partition has one owner; another takes it only when it is no longer renewed', async () => {
      const first = await store.take(PARTITION, 'a')
      expect(await store.take(PARTITION, 'b')).toBeUndefined()
      await under.expireOwnership(PARTITION)
      const second = await store.take(PARTITION, 'b')
      expect(second).toBeGreaterThan(first ?? 0n)
      expect(await store.renew(PARTITION, first ?? 0n)).toBe(false)
      expect(await store.renew(PARTITION, second ?? 0n)).toBe(true)
    })

    test('a released partition can be taken at once', async () => {
      const first = await own(store)
      await store.release(PARTITION, first)
      expect(await store.take(PARTITION, 'b')).toBeDefined()
    })

    test('one snapshot holds rows in order, `through`, position and generation (rule 41)', async () => {
      const generation = await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await under.addRow(PARTITION, record('two'), 'c2')
      await under.addRow(PARTITION + 1, record('elsewhere'), 'c3')
      await under.addFeed(PARTITION, { tenant: 'acme', source: 'hr' }, 5_000)
      const snapshot = await store.snapshot(PARTITION)
      expect(snapshot.rows.map(valueText)).toEqual(['one', 'two'])
      expect(snapshot).toMatchObject({ generation, isDrained: true, head: null, base: null, e: 1n })
      expect(snapshot.through?.get('acme')?.get('hr')).toEqual({ atMs: 5_000, state: 'complete' })
    })

    test('feeds leave `through` that the policy in force lacks, by tenant or by source', async () => {
      await own(store)
      const known = { tenant: 'acme', source: 'hr' }
      const lacking = [
        { tenant: 'gone', source: 'hr' },
        { tenant: 'acme', source: 'gone' },
        { tenant: 'acme', source: OWN_SOURCE },
      ]
      for (const feed of [known, ...lacking]) await under.addFeed(PARTITION, feed, 5_000)
      const { through } = await store.snapshot(PARTITION)
      expect(through).toEqual(
        new Map([['acme', new Map([['hr', { atMs: 5_000, state: 'complete' }]])]]),
      )
    })

    test('a snapshot without `through` has all but that', async () => {
      await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await under.addFeed(PARTITION, { tenant: 'acme', source: 'hr' }, 5_000)
      const { takenAtMs: _, through, ...whole } = await store.snapshot(PARTITION)
      expect(through?.size).toBe(1)
      const without = await store.snapshot(PARTITION, { through: false })
      expect(without).toMatchObject({ ...whole, through: null })
    })

    test('`through` is empty while no policy version is active', async () => {
      await own(store)
      await under.addFeed(PARTITION, { tenant: 'acme', source: 'hr' }, 5_000)
      await under.activate(PARTITION, 0, 'h')
      expect(await store.snapshot(PARTITION)).toMatchObject({ mapHash: '', through: new Map() })
    })

    test('a grant is returned until its end, by the clock of the snapshot', async () => {
      await own(store)
      const what = { tenant: 'acme', audience: 'payments', route: 'POST /approve', claim: 'groups' }
      const order = { ...what, fromMs: 0, by: 'ann', reason: 'HR is down' }
      expect((await store.snapshot(PARTITION)).grants).toEqual([])
      const { takenAtMs } = await store.snapshot(PARTITION)
      const open = { ...order, id: 'o1', untilMs: takenAtMs + 600_000 }
      await under.open(PARTITION, [{ ...order, id: 'over', untilMs: takenAtMs }, open])
      expect((await store.snapshot(PARTITION)).grants).toEqual([open])
    })

    test('the control partition names the claim map as a record without expiry (rule 48)', async () => {
      await store.take(CONTROL_PARTITION, 'a')
      const { permanents, mapVersion, mapHash } = await store.snapshot(CONTROL_PARTITION)
      expect(permanents).toMatchObject([{ row: { permanent: { kind: 'map' } }, publishedIn: null }])
      expect(mapVersion).toBe(3)
      expect(mapHash).not.toBe('')
    })

    test('it returns nothing of a policy version that the process has not loaded (rule 21)', async () => {
      await own(store)
      await under.activate(PARTITION, 4, UNLOADED)
      const notLoaded = { code: 'registry.not-loaded' }
      await expect(store.snapshot(PARTITION)).rejects.toMatchObject(notLoaded)
      await expect(liveRowsOf(store, PARTITION)).rejects.toMatchObject(notLoaded)
      await under.activate(PARTITION, 3, 'h')
      expect(await store.snapshot(PARTITION)).toMatchObject({ mapVersion: 3 })
    })
  })
}
