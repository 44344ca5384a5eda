import { FreshetError, partitionOf } from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeCommit } from './steps/before-commit.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, groupsChange, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)
const OTHER = P === 1 ? 2 : 1

/** Checks the isolation of a transaction and the order of its locks. */
export function registerRecorderIsolation(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: isolation`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
    })

    test('what a batch saved is seen when it is committed, and not before (rule 2)', async () => {
      const seen: unknown[] = []
      const readStored = async (): Promise<void> => {
        const { under } = at
        const rows = [await under.digest(), await under.outbox(), await under.stale()]
        seen.push([await under.store.progress(P), rows])
      }
      await at.token('held')
      await readStored()
      await at.record(P, { ...at.context, store: beforeCommit(at.under.store, readStored) })
      expect(seen[1]).toEqual(seen[0])
      expect((await at.under.store.progress(P)).nextOffset).toBe(3n)
      expect(await at.under.stale()).toEqual(['held claim-changed a2'])
    })

    test('a transaction of one partition does not wait for that of another', async () => {
      const other = () => at.under.store.inPartition(OTHER, () => Promise.resolve())
      await at.record(P, { ...at.context, store: beforeCommit(at.under.store, other) })
      expect((await at.under.store.progress(P)).nextOffset).toBe(3n)
    })

    test('a second transaction of a partition waits, and reads what the first committed', async () => {
      let second: Promise<bigint> | undefined
      const order: string[] = []
      const ask = (): Promise<void> => {
        second = at.under.store.inPartition(P, ({ progress }) => {
          order.push('second')
          return Promise.resolve(progress.nextOffset)
        })
        order.push('first saved')
        return Promise.resolve()
      }
      await at.record(P, { ...at.context, store: beforeCommit(at.under.store, ask) })
      expect(await second).toBe(3n)
      expect(order).toEqual(['first saved', 'second'])
    })

    test('rows of a partition wait in the order of their commits, and none comes behind a published one (rule 11)', async () => {
      const { publisher } = at.under
      const changes = async (): Promise<number> => (await publisher.snapshot(P)).rows.length
      await publisher.take(P, 'a')
      const before = await changes()
      let second: Promise<unknown> | undefined
      const ask = async (): Promise<void> => {
        at.topic.put(groupsChange('a3', AMY, { op: 'set', values: ['y'], n: 3 }))
        at.topic.put(groupsChange('a4', AMY, { op: 'clear', n: 4 }))
        second = at.record(P)
        expect(await changes()).toBe(before)
      }
      await at.record(P, { ...at.context, store: beforeCommit(at.under.store, ask) })
      await second
      await at.record(P)
      const rows = (await at.under.outbox()).filter((row) => / a[24]$/.test(row))
      expect(rows).toEqual([`freshet.revocations.v1 ${P} a2`, `freshet.revocations.v1 ${P} a4`])
    })

    test('one that fails lets the next in, and leaves nothing', async () => {
      const lost = new FreshetError('database.unavailable', 'Planned.')
      const store = beforeCommit(at.under.store, () => Promise.reject(lost))
      await expect(at.record(P, { ...at.context, store })).rejects.toBe(lost)
      expect((await at.under.store.progress(P)).nextOffset).toBe(1n)
      await at.record(P)
      expect((await at.under.store.progress(P)).nextOffset).toBe(3n)
    })
  })
}
