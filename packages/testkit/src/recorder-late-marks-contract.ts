import { FreshetError, partitionOf } from '@freshet/domain'
import type { RecorderStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeCommit } from './before-commit.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, groupsChange, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)

/** The process ends, or loses the database, between the commit and marking again. */
function diesAfterCommit(store: RecorderStore): RecorderStore {
  const lost = (): FreshetError => new FreshetError('database.unavailable', 'Planned.')
  return { ...store, markAgain: () => Promise.reject(lost()) }
}

/** Marks are complete whoever mints while a change is recorded, and whoever dies (S9). */
export function registerLateMarks(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture
  let between: RecorderStore

  const putClear = (): void => {
    at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
  }
  const recordOver = (store: RecorderStore): Promise<unknown> =>
    at.record(P, { ...at.context, store })

  describe(`recorder: ${name}: marks after the commit`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
      await at.token('before')
      between = beforeCommit(at.under.store, () => at.token('between'))
      putClear()
    })

    test('find a token that was recorded between the marks and the commit, and count it (S9)', async () => {
      await recordOver(between)
      expect(await at.under.stale()).toEqual([
        'before claim-changed a2',
        'between claim-changed a2',
      ])
      expect(await at.under.changes()).toContain(`${P} a2 applied 2`)
      expect(await at.under.lateMarks()).toBe(0)
    })

    test('are what finds it: without them it stays unmarked (control of S9)', async () => {
      const never = () => Promise.resolve({ batches: 0, marked: 0 })
      await recordOver({ ...between, markAgain: never })
      expect(await at.under.stale()).toEqual(['before claim-changed a2'])
    })

    test('survive a crash after the commit, by background marking (S9)', async () => {
      const failures: unknown[] = []
      const onMarkFailed = (_partition: number, error: unknown): void => {
        failures.push(error)
      }
      const store = diesAfterCommit(between)
      const recorded = await at.record(P, { ...at.context, store, onMarkFailed })
      expect(recorded).toMatchObject({ kind: 'recorded', nextOffset: 3n })
      expect(failures).toHaveLength(1)
      expect(await at.under.lateMarks()).toBe(1)
      expect(await at.under.marks.markAgain(9)).toEqual({ batches: 1, marked: 1 })
      expect(await at.under.stale()).toContain('between claim-changed a2')
      expect(await at.under.changes()).toContain(`${P} a2 applied 2`)
      expect(await at.under.marks.markAgain(9)).toEqual({ batches: 0, marked: 0 })
    })

    test('are kept and undone with the batch: after a crash before the commit there are none (rule 2)', async () => {
      const lost = new FreshetError('database.unavailable', 'Planned.')
      const store = beforeCommit(at.under.store, () => Promise.reject(lost))
      await expect(recordOver(store)).rejects.toBe(lost)
      expect(await at.under.lateMarks()).toBe(0)
    })

    test('are made of several batches at once, in their order and up to the limit', async () => {
      await recordOver(diesAfterCommit(at.under.store))
      at.topic.put(groupsChange('a3', AMY, { op: 'set', values: ['y'], n: 3 }))
      at.topic.put(groupsChange('a4', AMY, { op: 'clear', n: 4 }))
      await recordOver(diesAfterCommit(at.under.store))
      await at.token('both')
      await at.token('second', { s: 4n })
      await at.token('after', { s: 5n })
      expect(await at.under.store.markAgain(P + 1, 9)).toEqual({ batches: 0, marked: 0 })
      expect(await at.under.store.markAgain(P, 1)).toEqual({ batches: 1, marked: 1 })
      expect(await at.under.store.markAgain(P, 9)).toEqual({ batches: 1, marked: 1 })
      expect(await at.under.stale()).toEqual([
        'before claim-changed a2',
        'both claim-changed a2',
        'second claim-changed a4',
      ])
    })

    test('made by two at once are made once', async () => {
      await recordOver(diesAfterCommit(between))
      const { marks, store } = at.under
      const both = await Promise.all([marks.markAgain(9), store.markAgain(P, 9)])
      expect(both.reduce((sum, { batches }) => sum + batches, 0)).toBe(1)
      expect(await at.under.changes()).toContain(`${P} a2 applied 2`)
    })

    test('are not kept by a batch that tightens nothing', async () => {
      await at.record(P)
      at.topic.put(groupsChange('a3', AMY, { op: 'add', values: ['z'], n: 3 }))
      await recordOver(diesAfterCommit(at.under.store))
      expect(await at.under.lateMarks()).toBe(0)
    })
  })
}
