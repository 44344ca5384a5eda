import {
  CONTROL_PARTITION,
  OWN_SOURCE,
  type DenialKind,
  type HeldOpening,
  type PublisherSnapshot,
} from '@freshet/domain'
import type { OutgoingRecord } from '@freshet/events'
import type { Feed } from '@freshet/intake'
import type { PublishableRow, PublisherStore, StoreHead } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { liveRowsOf } from './live-rows.ts'
import { registerPublisherRoots } from './publisher-roots-contract.ts'
import { own, PARTITION, record, text } from './publisher-rows.ts'

/** A denial that was published and left the outbox, with its record. */
export interface PlantedDenial {
  readonly kind: DenialKind
  readonly id: string
  readonly record: OutgoingRecord
  /** The time since its last recording, by the clock of the store. */
  readonly ageMs: number
  /** The time until its token ends; absent if it is not known. */
  readonly endsInMs?: number
}

/** A store under test, and what others write into the same database. */
export interface PublisherUnderTest {
  readonly store: PublisherStore
  /** The same where T_max and its margin are `keptMs`. */
  keeping(keptMs: number): PublisherStore
  addDenial(denial: PlantedDenial): Promise<void>
  /** Lets the partition's owner look as if it had not renewed for a while. */
  expireOwnership(partition: number): Promise<void>
  /** Puts a row for the revocation topic into the outbox, with the logged change it publishes. */
  addRow(partition: number, record: OutgoingRecord, change: string): Promise<void>
  /** Watermarks whose revocations were published and left the outbox; the record names each. */
  addWatermarks(partition: number, records: readonly OutgoingRecord[]): Promise<void>
  /** Most rows of a step of what is alive. */
  readonly stepRows: number
  addFeed(partition: number, feed: Feed, throughMs: number | null): Promise<void>
  /** Stores these grants in the partition's progress. */
  open(partition: number, openings: readonly HeldOpening[]): Promise<void>
  /** Goes on to another policy version; {@link UNLOADED} is of none that the process has loaded. */
  activate(partition: number, pv: number, hash: string): Promise<void>
  /** Keeps what the publisher and the outbox hold. The function that is returned restores it, ids to come included. */
  backup(): Promise<() => Promise<void>>
  /** Publish time and offset of a logged change. */
  publishedAt(change: string): Promise<{ atMs: number | null; offset: bigint | null }>
}

/** Hash of a policy version whose claim map the store is not given. */
export const UNLOADED = 'elsewhere'

/** Checks every {@link PublisherStore}. */
export function registerPublisherContract(
  name: string,
  make: () => Promise<PublisherUnderTest>,
): void {
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
      expect(snapshot.rows.map(text)).toEqual(['one', 'two'])
      expect(snapshot).toMatchObject({ generation, isDrained: true, head: null, base: null, e: 1n })
      expect(snapshot.through?.get('acme')?.get('hr')).toEqual({ atMs: 5_000, state: 'complete' })
    })

    test('it tells in which partitions rows wait', async () => {
      const generation = await own(store)
      await store.take(PARTITION + 1, 'a')
      expect(await store.waiting()).toEqual([])
      await under.addRow(PARTITION, record('a'), 'c1')
      expect(await store.waiting()).toEqual([PARTITION])
      await store.store(stored(await store.snapshot(PARTITION), generation))
      expect(await store.waiting()).toEqual([])
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

    test('what is open is told until its time, by the clock of the snapshot', async () => {
      await own(store)
      const what = { tenant: 'acme', audience: 'payments', route: 'POST /approve', claim: 'groups' }
      const said = { ...what, fromMs: 0, by: 'ann', reason: 'HR is down' }
      expect((await store.snapshot(PARTITION)).openings).toEqual([])
      const { takenAtMs } = await store.snapshot(PARTITION)
      const open = { ...said, id: 'o1', untilMs: takenAtMs + 600_000 }
      await under.open(PARTITION, [{ ...said, id: 'over', untilMs: takenAtMs }, open])
      expect((await store.snapshot(PARTITION)).openings).toEqual([open])
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
      expect((await store.snapshot(PARTITION)).rows.map(text)).toEqual(['of the new life'])
      expect(await under.publishedAt('c1')).toEqual({ atMs: null, offset: null })
    })

    describe('reads each row that waits', () => {
      const put = async (head: bigint): Promise<readonly string[]> => {
        const snapshot = await store.snapshot(PARTITION)
        const at = { hash: `head-${head}`, offset: head }
        const taken = { ...stored(snapshot, snapshot.generation), head: at }
        expect(await store.store(taken)).toBe(true)
        return snapshot.rows.map(text)
      }

      test('and none twice, whatever was published before, of this partition and others', async () => {
        await own(store)
        await under.addRow(PARTITION, record('one'), 'c1')
        await under.addRow(PARTITION + 1, record('elsewhere'), 'c2')
        await under.addRow(PARTITION, record('two'), 'c3')
        expect(await put(11n)).toEqual(['one', 'two'])
        expect(await put(12n)).toEqual([])
        await under.addRow(PARTITION, record('three'), 'c4')
        expect(await put(13n)).toEqual(['three'])
        await store.take(PARTITION + 1, 'a')
        expect((await store.snapshot(PARTITION + 1)).rows.map(text)).toEqual(['elsewhere'])
      })

      test('after another publisher took over', async () => {
        await own(store)
        await under.addRow(PARTITION, record('one'), 'c1')
        await put(11n)
        await under.expireOwnership(PARTITION)
        const other = under.keeping(0)
        await other.take(PARTITION, 'b')
        await under.addRow(PARTITION, record('two'), 'c2')
        expect((await other.snapshot(PARTITION)).rows.map(text)).toEqual(['two'])
      })

      test('again where the database was restored to before its publication, by lower ids too (rule 30)', async () => {
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

      test('where a publisher that was paused across a restore removes others by their ids', async () => {
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

    test('a zombie stores nothing: the generation is another (rule 42)', async () => {
      const zombie = await own(store)
      await under.addRow(PARTITION, record('one'), 'c1')
      const snapshot = await store.snapshot(PARTITION)
      await under.expireOwnership(PARTITION)
      await store.take(PARTITION, 'b')
      expect(await store.store(stored(snapshot, zombie))).toBe(false)
      expect((await store.snapshot(PARTITION)).rows.map(text)).toEqual(['one'])
    })

    test('partitions at the same time are told and stored each for itself', async () => {
      const both = [PARTITION, PARTITION + 1]
      const generation = await own(store)
      const zombie = (await store.take(PARTITION + 1, 'a')) ?? 0n
      await under.addRow(PARTITION, record('one'), 'c1')
      await under.addRow(PARTITION + 1, record('two'), 'c2')
      const snapshotsOfBoth = () => Promise.all(both.map((each) => store.snapshot(each)))
      const rowsOfBoth = async (): Promise<readonly (readonly string[])[]> =>
        (await snapshotsOfBoth()).map(({ rows }) => rows.map(text))
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

    test('the control partition names the claim map as a record without expiry (rule 48)', async () => {
      await store.take(CONTROL_PARTITION, 'a')
      const { permanents, mapVersion, mapHash } = await store.snapshot(CONTROL_PARTITION)
      expect(permanents).toMatchObject([{ row: { permanent: { kind: 'map' } }, publishedIn: null }])
      expect(mapVersion).toBe(3)
      expect(mapHash).not.toBe('')
    })

    test('of a policy version that the process has not loaded it tells nothing (rule 21)', async () => {
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

function stored(snapshot: PublisherSnapshot<PublishableRow>, generation: bigint): StoreHead {
  return {
    partition: PARTITION,
    generation,
    linked: snapshot.head?.hash ?? null,
    head: { hash: 'head', offset: 11n },
    kid: 'k1',
    base: { hash: 'base', offset: 3n },
    isAnew: false,
    published: snapshot.rows.map((row, n) => ({
      row,
      offset: 10n + BigInt(n),
      appendedAtMs: 7_000,
    })),
  }
}
