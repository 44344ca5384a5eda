import { FreshetError } from '@freshet/protocol'
import { recordShared, type RecorderStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import type { RecorderUnderTest } from './recorder-world.ts'

const SHARED = [1, 2, 3]
const [FIRST, SECOND, THIRD] = [1, 2, 3]
const THROUGH_MS = 1_795_514_400_100

/** The contract of heartbeats that several partitions record together. */
export function registerRecorderShared(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: heartbeats that are recorded together`, () => {
    beforeEach(async () => {
      at = await beaten()
    })

    async function beaten(): Promise<RecorderFixture> {
      const fixture = await activatedFixture(make)
      fixture.topic.putHeartbeat('hr', THROUGH_MS)
      fixture.topic.putHeartbeat('iga', THROUGH_MS)
      return fixture
    }

    async function recordSharing(
      partition: number,
      { store = at.under.store, e }: { readonly store?: RecorderStore; readonly e?: bigint } = {},
    ): ReturnType<typeof recordShared> {
      const { nextOffset, policy, ...stored } = await at.under.store.progress(partition)
      const from = { e: e ?? stored.e, nextOffset, policy, receivedAtMs: at.clock.nowMs() }
      const records = at.topic.records(partition).filter(({ offset }) => offset >= nextOffset)
      return recordShared({ ...at.context, store }, records, from)
    }

    const offsets = (): Promise<readonly bigint[]> =>
      Promise.all(SHARED.map(async (each) => (await at.under.store.progress(each)).nextOffset))

    test('leave what recording each alone leaves', async () => {
      const results = await Promise.all(SHARED.map((partition) => recordSharing(partition)))
      expect(results.map((result) => result?.kind)).toEqual(['recorded', 'recorded', 'recorded'])
      const left = await at.under.digest()
      at = await beaten()
      for (const partition of SHARED) await at.record(partition)
      expect(left).toEqual(await at.under.digest())
      expect(await offsets()).toEqual([3n, 3n, 3n])
    })

    test('are recorded as a whole or not at all where one of them fails, and alone afterwards', async () => {
      const store: RecorderStore = {
        ...at.under.store,
        inPartition: (partition, work, isShared) =>
          at.under.store.inPartition(
            partition,
            async (tx) => {
              const result = await work(tx)
              if (partition === SECOND) throw new FreshetError('database.unavailable', 'Planned.')
              return result
            },
            isShared,
          ),
      }
      const results = await Promise.all(
        SHARED.map((partition) => recordSharing(partition, { store })),
      )
      expect(results[1]).toBeUndefined()
      const expected = results.map((result) => (result === undefined ? 1n : 3n))
      expect(await offsets()).toEqual(expected)
      for (const partition of SHARED) await at.record(partition)
      expect(await offsets()).toEqual([3n, 3n, 3n])
    })

    test('wait for no transaction that has one of the partitions in hand', async () => {
      const inHand = at.under.store.inPartition(FIRST, () =>
        Promise.all([FIRST, SECOND].map((partition) => recordSharing(partition))),
      )
      expect((await inHand).map((result) => result?.kind)).toEqual([undefined, 'recorded'])
      expect(await offsets()).toEqual([1n, 3n, 1n])
    })

    test('leave out a partition whose position is another one by now (rule 27)', async () => {
      const results = await Promise.all([
        recordSharing(FIRST),
        recordSharing(SECOND, { e: 0n }),
        recordSharing(THIRD),
      ])
      expect(results.map((result) => result?.kind)).toEqual(['recorded', 'superseded', 'recorded'])
      expect(await offsets()).toEqual([3n, 1n, 3n])
    })

    test('can be those of a record for many tenants, but not for too many', async () => {
      const tenantsOf = (count: number): readonly string[] =>
        Array.from({ length: count }, (_, n) => `tenant-${n}`)
      at = await activatedFixture(make)
      at.topic.putHeartbeats('hr', THROUGH_MS, tenantsOf(256))
      expect(await recordSharing(FIRST)).toMatchObject({ kind: 'recorded', nextOffset: 2n })
      at.topic.putHeartbeats('hr', THROUGH_MS, tenantsOf(257))
      expect(await recordSharing(FIRST)).toBeUndefined()
    })

    test('are never those of the control partition, which waits for no other one', async () => {
      expect(await recordSharing(0)).toBeUndefined()
    })
  })
}
