import { FreshetError, partitionOf, subjectKey, valueScopeKey } from '@freshet/protocol'
import type { RecorderStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeCommit } from './steps/before-commit.ts'
import { markAll } from './steps/mark-all.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, BEN, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)

/**
 * Checks that marks come after the commit, step by step, and are complete in spite of mints meanwhile and of
 * crashes (S9).
 */
export function registerMarks(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  const putClear = (): void => {
    at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
    at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
  }
  const recordOver = (store: RecorderStore): Promise<unknown> =>
    at.recordOnly(P, { ...at.context, store })
  const step = (limit: { rows?: number; marks?: number; after?: string } = {}) =>
    at.under.marks.markSome({ rows: 100, marks: 100, after: '', ...limit })

  describe(`recorder: ${name}: marks`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('are made after the commit, of tokens that were recorded until then, and counted (S9)', async () => {
      await at.token('before')
      putClear()
      await recordOver(beforeCommit(at.under.store, () => at.token('between')))
      await at.token('after the commit')
      expect(await at.under.stale()).toEqual([])
      expect(await at.under.changes()).toContain(`${P} a2 applied 0`)
      expect(await step()).toEqual({
        tenant: 'acme',
        made: 1,
        stale: [{ class: 'reduce', tokens: 3 }],
        more: false,
      })
      expect(await at.under.stale()).toEqual([
        'after the commit claim-changed a2',
        'before claim-changed a2',
        'between claim-changed a2',
      ])
      expect(await at.under.changes()).toContain(`${P} a2 applied 3`)
      expect(await at.under.marksLeft()).toBe(0)
      expect(await step()).toBeUndefined()
    })

    test('cannot be made before the commit, which a token would slip through (control of S9)', async () => {
      putClear()
      const early = async (): Promise<void> => {
        await at.token('before')
        expect(await step()).toBeUndefined()
        await at.token('between')
      }
      await recordOver(beforeCommit(at.under.store, early))
      expect(await at.under.stale()).toEqual([])
      await markAll(at.under.marks)
      expect(await at.under.stale()).toHaveLength(2)
    })

    test('are undone with the batch: after a crash before the commit there are none (rule 2)', async () => {
      const lost = new FreshetError('database.unavailable', 'Planned.')
      putClear()
      const store = beforeCommit(at.under.store, () => Promise.reject(lost))
      await expect(recordOver(store)).rejects.toBe(lost)
      expect(await at.under.marksLeft()).toBe(0)
    })

    test('are none of a batch that tightens nothing', async () => {
      await at.record(P)
      at.topic.put(groupsChange('a3', AMY, { op: 'add', values: ['z'], n: 3 }))
      await at.recordOnly(P)
      expect(await at.under.marksLeft()).toBe(0)
    })

    test('of one subject are made in the order of its changes: the first that concerns a token is its reason', async () => {
      putClear()
      at.topic.put(groupsChange('a3', AMY, { op: 'set', values: ['y'], n: 3 }))
      at.topic.put(groupsChange('a4', AMY, { op: 'clear', n: 4 }))
      await at.token('both')
      await at.token('second', { s: 4n })
      await at.token('after', { s: 5n })
      await at.record(P)
      expect(await at.under.stale()).toEqual(['both claim-changed a2', 'second claim-changed a4'])
    })

    test('read no more tokens at once than the limit, and go on where they were', async () => {
      for (const n of [1, 2, 3, 4, 5]) await at.token(`t${n}`)
      putClear()
      await at.recordOnly(P)
      for (const stale of [2, 4]) {
        expect(await step({ rows: 2 })).toMatchObject({ made: 0, more: true })
        expect(await at.under.stale()).toHaveLength(stale)
      }
      expect(await step({ rows: 2 })).toMatchObject({ made: 1, more: false })
      expect(await at.under.stale()).toHaveLength(5)
      expect(await at.under.changes()).toContain(`${P} a2 applied 5`)
    })

    test('of another subject do not wait for one with many tokens', async () => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await at.token(`t${n}`)
      await at.token('of-ben', { subject: subjectKey(BEN) })
      putClear()
      at.topic.put(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 3 }))
      at.topic.put(groupsChange('b2', BEN, { op: 'clear', n: 4 }))
      await at.recordOnly(P)
      await at.recordOnly(partitionOf(BEN))
      await step({ rows: 2 })
      await step({ rows: 2 })
      expect(await at.under.stale()).toContain('of-ben claim-changed b2')
      expect(await at.under.marksLeft()).toBe(1)
    })

    test('of one tenant do not wait for those of another: each step is of the next tenant', async () => {
      for (const tenant of ['acme', 'acme', 'acme', 'umbrella']) await at.under.plantMark(tenant)
      const tenants: (string | undefined)[] = []
      for (let after = ''; tenants.length < 3;) {
        const made = await step({ marks: 1, after })
        tenants.push(made?.tenant)
        after = made?.tenant ?? ''
      }
      expect(tenants).toEqual(['acme', 'umbrella', 'acme'])
    })

    test('of another tenant are more: the next step follows without a pause for marks to gather', async () => {
      for (const tenant of ['acme', 'acme', 'umbrella']) await at.under.plantMark(tenant)
      expect(await step()).toMatchObject({ tenant: 'acme', made: 2, more: true })
      expect(await step({ after: 'acme' })).toMatchObject({ tenant: 'umbrella', more: false })
    })

    test('are made by two processes at once, and counted once', async () => {
      for (const n of [1, 2, 3, 4, 5]) await at.token(`t${n}`)
      putClear()
      at.topic.put(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 3 }))
      at.topic.put(groupsChange('b2', BEN, { op: 'clear', n: 4 }))
      await at.recordOnly(P)
      await at.recordOnly(partitionOf(BEN))
      const limit = { rows: 2, marks: 1 }
      await Promise.all([markAll(at.under.marks, limit), markAll(at.under.marks, limit)])
      await markAll(at.under.marks, limit)
      expect(await at.under.changes()).toContain(`${P} a2 applied 5`)
      expect(await at.under.marksLeft()).toBe(0)
    })

    test.each([2, 100])(
      'find the tokens that a subject acts by, with at most %i read at once',
      async (rows) => {
        const actors = [subjectKey(BEN), subjectKey(AMY)]
        for (const n of [1, 2, 3, 4, 5])
          await at.token(`t${n}`, { subject: subjectKey(BEN), actors, actorPositions: [9n, 1n] })
        await at.token('newer', { subject: subjectKey(BEN), actors, actorPositions: [1n, 9n] })
        await at.token('own')
        putClear()
        await at.recordOnly(P)
        await markAll(at.under.marks, { rows, marks: 9 })
        const hit = ['own', 't1', 't2', 't3', 't4', 't5']
        expect(await at.under.stale()).toEqual(hit.map((jti) => `${jti} claim-changed a2`))
      },
    )

    test.each([2, 100])(
      'marks of a withdrawn value find its holders, with at most %i read at once (rule 22)',
      async (rows) => {
        const scope = valueScopeKey('acme', 'groups', 'x')
        for (const n of [1, 2, 3, 4, 5])
          await at.token(`t${n}`, { subject: subjectKey(BEN), valueScopes: n === 4 ? [] : [scope] })
        await at.token('t6', { subject: subjectKey(BEN), valueScopes: [scope], c: 2n })
        at.topic.put({ ...hrOrigin('w1', 1), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
        await at.recordOnly(0)
        await markAll(at.under.marks, { rows, marks: 9 })
        expect(await at.under.stale()).toEqual(
          ['t1', 't2', 't3', 't5'].map((jti) => `${jti} value-withdrawn w1`),
        )
        expect(await at.under.changes()).toContain('0 w1 applied 4')
      },
    )
  })
}
