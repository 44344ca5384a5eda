import { FreshetError, partitionOf } from '@freshet/domain'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeCommit } from './before-commit.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, groupsChange, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)
const OTHER = P === 1 ? 2 : 1

/** What others see of a transaction, and who waits for whom. */
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
      const look = async (): Promise<void> => {
        const { under } = at
        const rows = [await under.digest(), await under.outbox(), await under.stale()]
        seen.push([await under.store.progress(P), rows])
      }
      await at.token('held')
      await look()
      await at.record(P, { ...at.context, store: beforeCommit(at.under.store, look) })
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
