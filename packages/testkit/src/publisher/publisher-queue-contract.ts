import type { PublisherStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { own, PARTITION, record, stored, valueText } from './publisher-rows.ts'
import type { PublisherUnderTest } from './publisher-under-test.ts'

/** Checks how a {@link PublisherStore} reads and removes the rows that wait to be published. */
export function registerPublisherQueue(
  name: string,
  make: () => Promise<PublisherUnderTest>,
): void {
  describe(`publisher store: ${name}: rows that wait`, () => {
    let under: PublisherUnderTest
    let store: PublisherStore
    beforeEach(async () => {
      under = await make()
      store = under.store
    })

    const put = async (head: bigint): Promise<readonly string[]> => {
      const snapshot = await store.snapshot(PARTITION)
      const at = { hash: `head-${head}`, offset: head }
      const taken = { ...stored(snapshot, snapshot.generation), head: at }
      expect(await store.store(taken)).toBe(true)
      return snapshot.rows.map(valueText)
    }

    test('it returns the partitions in which rows wait', async () => {
      const generation = await own(store)
      await store.take(PARTITION + 1, 'a')
      expect(await store.waiting()).toEqual([])
      await under.addRow(PARTITION, record('a'), 'c1')
      expect(await store.waiting()).toEqual([PARTITION])
      await store.store(stored(await store.snapshot(PARTITION), generation))
      expect(await store.waiting()).toEqual([])
    })

    test('storing a head removes its rows and keeps where and when they landed', async () => {
      const generation = await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      const snapshot = await store.snapshot(PARTITION)
      expect(await store.store(stored(snapshot, generation))).toBe(true)
      const after = await store.snapshot(PARTITION)
      expect(after.rows).toEqual([])
      expect(after.head).toMatchObject({ hash: 'head', offset: 11n })
      expect(await under.publishedAt('c1')).toEqual({ atMs: 7_000, offset: 10n })
    })

    test('a row goes only by its content: a restore gives its number to another row', async () => {
      const generation = await own(store)
      await under.addRow(PARTITION, record('of the new life'), 'c1')
      const snapshot = await store.snapshot(PARTITION)
      const published = stored(snapshot, generation).published.map((each) => ({
        ...each,
        row: { ...each.row, record: record('of the old life') },
      }))
      expect(await store.store({ ...stored(snapshot, generation), published })).toBe(true)
      expect((await store.snapshot(PARTITION)).rows.map(valueText)).toEqual(['of the new life'])
      expect(await under.publishedAt('c1')).toEqual({ atMs: null, offset: null })
    })

    test('each row is read, and none twice, whatever was published before, of this partition and others', async () => {
      await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await under.addRow(PARTITION + 1, record('elsewhere'), 'c2')
      await under.addRow(PARTITION, record('two'), 'c3')
      expect(await put(11n)).toEqual(['one', 'two'])
      expect(await put(12n)).toEqual([])
      await under.addRow(PARTITION, record('three'), 'c4')
      expect(await put(13n)).toEqual(['three'])
      await store.take(PARTITION + 1, 'a')
      expect((await store.snapshot(PARTITION + 1)).rows.map(valueText)).toEqual(['elsewhere'])
    })

    test('rows are read after another publisher took over', async () => {
      await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await put(11n)
      await under.expireOwnership(PARTITION)
      const other = under.keeping(0)
      await other.take(PARTITION, 'b')
      await under.addRow(PARTITION, record('two'), 'c2')
      expect((await other.snapshot(PARTITION)).rows.map(valueText)).toEqual(['two'])
    })

    test('rows are read again where the database was restored to before its publication, by lower ids too (rule 30)', async () => {
      await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await put(11n)
      await under.addRow(PARTITION, record('two'), 'c2')
      const restore = await under.backup()
      for (const n of [3, 4, 5]) await under.addRow(PARTITION, record(`lost-${n}`), `c${n}`)
      expect(await put(12n)).toHaveLength(4)
      await restore()
      await under.addRow(PARTITION, record('read again'), 'c6')
      expect(await put(13n)).toEqual(['two', 'read again'])
      await under.addRow(PARTITION, record('last'), 'c7')
      expect(await put(14n)).toEqual(['last'])
    })

    test('rows are read where a publisher that was paused across a restore removes others by their ids', async () => {
      const generation = await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      await put(11n)
      const restore = await under.backup()
      await under.addRow(PARTITION, record('two'), 'c2')
      await under.addRow(PARTITION, record('three'), 'c3')
      const late = stored(await store.snapshot(PARTITION), generation)
      await restore()
      await under.addRow(PARTITION, record('other'), 'c4')
      await under.addRow(PARTITION, record('three'), 'c5')
      expect(await store.store(late)).toBe(true)
      expect(await put(12n)).toContain('other')
    })
  })
}
