import type { ActiveVersion, PublishedVersion, VersionStore } from '@freshet/registry'
import { beforeEach, describe, expect, test } from 'vitest'

const one: PublishedVersion = { pv: 1, hash: 'one', document: '{"a":1}', by: 'ann', atMs: 1_000 }
const two: PublishedVersion = { ...one, pv: 2, hash: 'two', document: '{"a":2}' }

/** Two processes' stores on one database, and how a test lets a partition go by a version. */
export interface VersionStoreUnderTest {
  readonly stores: readonly [VersionStore, VersionStore]
  readonly goBy: (partition: number, version: ActiveVersion) => Promise<void>
  /** Entries of the audit in order, as `kind ref by`. */
  readonly audited: () => Promise<readonly string[]>
}

/** Checks every {@link VersionStore}. */
export function registerVersionContract(
  name: string,
  make: () => Promise<VersionStoreUnderTest>,
): void {
  describe(`version store: ${name}`, () => {
    let store: VersionStore
    let other: VersionStore
    let goBy: VersionStoreUnderTest['goBy']
    let audited: VersionStoreUnderTest['audited']
    beforeEach(async () => {
      ;({
        stores: [store, other],
        goBy,
        audited,
      } = await make())
    })

    test('a version is found by its number, with its text, who published it and when', async () => {
      expect(await store.publish(one)).toEqual(one)
      expect(await other.find(1)).toEqual(one)
      expect(await other.find(2)).toBeUndefined()
    })

    test('the document of a number stays, in spite of a later text under it', async () => {
      await store.publish(one)
      expect(await other.publish({ ...two, pv: 1, by: 'ben' })).toEqual(one)
      expect(await store.find(1)).toEqual(one)
    })

    test('one of many that publish at once is the first, and all get its result', async () => {
      const sent = Array.from({ length: 10 }, (_, n) => ({ ...one, hash: `h${n}` }))
      const kept = await Promise.all(
        sent.map((version, n) => (n % 2 ? store : other).publish(version)),
      )
      expect(new Set(kept.map(({ hash }) => hash)).size).toBe(1)
    })

    test('the first order of a version stays', async () => {
      await store.publish(one)
      const order = { pv: 1, minimum: 1, by: 'ann', reason: 'shorter lives', atMs: 2_000 }
      expect(await store.ordered(1)).toBeUndefined()
      expect(await store.order(order, 0)).toEqual(order)
      expect(await other.order({ ...order, minimum: 0, by: 'ben' }, 0)).toEqual(order)
      expect(await other.ordered(1)).toEqual(order)
    })

    test('the audit has what was kept and ordered, and nothing that was not', async () => {
      await store.publish(one)
      await other.publish({ ...two, pv: 1, by: 'ben' })
      const order = { pv: 1, minimum: 1, by: 'cid', reason: 'shorter lives', atMs: 2_000 }
      await store.order(order, 7)
      await store.order(order, 0)
      await other.order({ ...order, by: 'dan' }, 0)
      expect(await audited()).toEqual(['policy-published 1 ann', 'policy-ordered 1 cid'])
    })

    test('an order comes after those that it was compared with, and no other', async () => {
      for (const pv of [1, 2, 3]) await store.publish({ ...one, pv, hash: `h${pv}` })
      const order = { minimum: 0, by: 'ann', reason: 'reviewed', atMs: 2_000 }
      expect(await store.latestOrder(1)).toBe(0)
      await store.order({ pv: 1, ...order }, 0)
      expect(await store.latestOrder(2)).toBe(1)
      expect(await store.order({ pv: 3, ...order }, 0)).toBeUndefined()
      await other.order({ pv: 2, ...order }, 1)
      expect(await store.order({ pv: 3, ...order }, 1)).toBeUndefined()
      expect(await store.ordered(3)).toBeUndefined()
      expect(await store.order({ pv: 3, ...order }, 2)).toMatchObject({ pv: 3 })
      expect(await store.latestOrder(3)).toBe(2)
    })

    test('of many orders at once, of several versions, one is noted', async () => {
      const versions = [1, 2, 3, 4, 5, 6]
      for (const pv of versions) await store.publish({ ...one, pv, hash: `h${pv}` })
      const order = { minimum: 0, by: 'ann', reason: 'reviewed', atMs: 2_000 }
      const noted = await Promise.all(
        versions.map((pv) => (pv % 2 ? store : other).order({ pv, ...order }, 0)),
      )
      expect(noted.filter((each) => each !== undefined)).toHaveLength(1)
    })

    test('the latest are returned with the admins that published and ordered each, newest first', async () => {
      for (const pv of [2, 1, 3]) await store.publish({ ...one, pv, hash: `h${pv}` })
      const order = { minimum: 1, by: 'ben', reason: 'shorter lives', atMs: 2_000 }
      await store.order({ pv: 2, ...order }, 0)
      const published = { by: 'ann', atMs: 1_000 }
      expect(await other.latest(2)).toEqual([
        { pv: 3, hash: 'h3', published, ordered: null },
        { pv: 2, hash: 'h2', published, ordered: order },
      ])
    })

    test('nothing is active before a partition passed an activation', async () => {
      await store.publish(one)
      expect(await store.status(5)).toEqual({
        control: null,
        active: [],
        newest: [{ pv: 1, hash: 'one' }],
      })
    })

    test('the versions of partitions are returned once each, and that of control apart', async () => {
      await goBy(0, { pv: 2, hash: 'two' })
      await goBy(1, { pv: 1, hash: 'one' })
      await goBy(2, { pv: 1, hash: 'one' })
      const { control, active } = await store.status(5)
      expect(control).toEqual({ pv: 2, hash: 'two' })
      expect(active.toSorted((a, b) => a.pv - b.pv)).toEqual([
        { pv: 1, hash: 'one' },
        { pv: 2, hash: 'two' },
      ])
    })

    test('the latest published ones are returned, newest first, up to the requested number', async () => {
      for (const pv of [3, 1, 2]) await store.publish({ ...one, pv, hash: `h${pv}` })
      expect((await other.status(2)).newest).toEqual([
        { pv: 3, hash: 'h3' },
        { pv: 2, hash: 'h2' },
      ])
    })
  })
}
