import {
  partitionOf,
  statementState,
  type Change,
  type Registry,
  type Subject,
} from '@freshet/protocol'
import { walkOnce, type RecordContext, type WalkLimits } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { beforeCommit } from './steps/before-commit.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)
const HR = { tenant: 'acme', source: 'hr' }
/** Subjects of Amy's partition. */
const MANY: readonly Subject[] = Array.from({ length: 400 }, (_, n) => ({
  ...AMY,
  sub: `amy-${n}`,
}))
  .filter((subject) => partitionOf(subject) === P)
  .slice(0, 12)
const [FIRST = AMY] = MANY
const LAST = MANY.at(-1) ?? AMY

const SHORT: WalkLimits = { read: 5, take: 2 }
const WHOLE: WalkLimits = { read: 1_000, take: 1_000 }

const begin = (id: string, n: number): Change => ({ ...hrOrigin(id, n), kind: 'snapshot-begin' })
const end = (id: string, n: number): Change => ({
  ...hrOrigin(id, n),
  kind: 'snapshot-end',
  confirmed: true,
})

/** Checks the end of a snapshot that the recorder cannot process in one step. */
export function registerRecorderWalks(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  const limited = (walkLimits: WalkLimits): RecordContext => ({ ...at.context, walkLimits })
  const everybodyHas = (values: readonly string[]): void =>
    MANY.forEach((subject, n) =>
      at.topic.put(groupsChange(`g${n}`, subject, { op: 'set', values, n: 1 })),
    )
  const state = async (id: string): Promise<string | undefined> => {
    const feed = (await at.under.view.feeds(HR)).find(({ partition }) => partition === P)
    return feed && statementState(feed.statements, id)
  }
  const throughMs = async (): Promise<number | null | undefined> =>
    (await at.under.view.feeds(HR)).find(({ partition }) => partition === P)?.feed.throughMs
  const walkAll = async (context: RecordContext): Promise<number> => {
    let steps = 0
    while (await walkOnce(context, P)) steps += 1
    return steps
  }
  /** The stored state once all is recorded, and the publications, in no order. */
  const result = async (limits: WalkLimits, put: () => void): Promise<unknown> => {
    at = await activatedFixture(make)
    everybodyHas(['x', 'y'])
    put()
    await at.record(P, limited(limits))
    await walkAll(limited(limits))
    const published = [...(await at.under.outbox())].sort()
    return [await at.under.digest(), await at.under.changes(), published]
  }

  describe(`recorder: ${name}: walks`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test.each([
      ['nothing else', () => undefined],
      [
        'a change of what the walk has not reached',
        () => at.topic.put(groupsChange('c1', LAST, { op: 'add', values: ['z'], n: 7 })),
      ],
      [
        'the same values given anew',
        () => at.topic.put(groupsChange('c1', LAST, { op: 'set', values: ['x', 'y'], n: 7 })),
      ],
      [
        'a removal of what the statement had left out',
        () => at.topic.put(groupsChange('c1', LAST, { op: 'remove', values: ['x'], n: 7 })),
      ],
      [
        'a statement more, which waits for the walk with its end',
        () => {
          at.topic.put(begin('s3', 8))
          at.topic.put(groupsChange('c1', FIRST, { op: 'set', values: ['w'], n: 8 }))
          at.topic.put(end('s4', 9))
        },
      ],
    ])('steps have the effect of one step (S13), with %s behind the end', async (_, put) => {
      const history = (): void => {
        at.topic.put(begin('s1', 5))
        at.topic.put(groupsChange('k1', FIRST, { op: 'set', values: ['x'], n: 5 }))
        at.topic.put(end('s2', 6))
        put()
      }
      expect(await result(SHORT, history)).toEqual(await result(WHOLE, history))
    })

    test('records behind the end do not wait, and no heartbeat counts before the walk is over', async () => {
      everybodyHas(['x'])
      at.topic.putHeartbeat('hr', 1_000)
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 6))
      at.topic.put(groupsChange('c1', FIRST, { op: 'add', values: ['z'], n: 7 }))
      at.topic.putHeartbeat('hr', 2_000)
      await at.record(P, limited(SHORT))
      expect(await at.under.changes()).toEqual(expect.arrayContaining([`${P} c1 applied 0`]))
      expect([await state('s1'), await throughMs()]).toEqual(['ending', 1_000])
      expect(await at.under.store.walkedPartitions()).toEqual([P])
      expect(await walkAll(limited(SHORT))).toBeGreaterThan(2)
      at.topic.putHeartbeat('hr', 3_000)
      await at.record(P, limited(SHORT))
      expect([await state('s1'), await throughMs()]).toEqual(['ended', 3_000])
      expect(await at.under.store.walkedPartitions()).toEqual([])
    })

    test('a walk goes on behind the step that was committed last, in any process', async () => {
      everybodyHas(['x'])
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 6))
      await at.record(P, limited(SHORT))
      const omitted = async (): Promise<number> =>
        (await at.under.outbox()).filter((row) => row.endsWith('s2')).length
      await walkOnce(limited(SHORT), P)
      expect(await omitted()).toBe(2)
      const died = beforeCommit(at.under.store, () => Promise.reject(new Error('It died.')))
      await expect(walkOnce({ ...limited(SHORT), store: died }, P)).rejects.toThrow('It died.')
      expect(await omitted()).toBe(2)
      await walkOnce(limited({ read: 3, take: 3 }), P)
      expect(await omitted()).toBe(5)
      await walkAll(limited(SHORT))
      expect(await omitted()).toBe(MANY.length)
    })

    test('it is counted in steps before anything is taken, and held as a whole', async () => {
      everybodyHas(['x'])
      at.topic.put(begin('s1', 5))
      at.topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-end' })
      await at.record(P, limited(SHORT))
      expect(await at.under.changes()).toContain(`${P} s2 quarantined 0`)
      expect(await state('s1')).toBe('held')
      expect(await walkOnce(limited(SHORT), P)).toBe(false)
      expect(
        (await at.under.outbox()).filter(
          (row) => row.includes('revocations') && row.endsWith('s2'),
        ),
      ).toEqual([])
    })

    test.each([0, 1, 2, 3, 4])(
      'a statement is counted while it is open, with %i steps before what it states',
      async (steps) => {
        everybodyHas(['x'])
        at.topic.put(begin('s1', 5))
        await at.record(P, limited(SHORT))
        for (let step = 0; step < steps; step++) await walkOnce(limited(SHORT), P)
        const [, second = AMY] = MANY
        at.topic.put(groupsChange('k1', FIRST, { op: 'set', values: ['x'], n: 5 }))
        at.topic.put(groupsChange('k2', LAST, { op: 'set', values: [], n: 5 }))
        at.topic.put(groupsChange('k3', second, { op: 'add', values: ['z'], n: 7 }))
        const other = { ...AMY, sub: 'amy-new' }
        at.topic.put(groupsChange('k4', other, { op: 'set', values: ['x'], n: 5 }))
        await at.record(P, limited(SHORT))
        await walkAll(limited(SHORT))
        const feed = (await at.under.view.feeds(HR)).find(({ partition }) => partition === P)
        const isHere = partitionOf(other) === P ? 1 : 0
        const size = { claims: 11 + isHere, losing: 10, subjects: 10, older: 10 }
        expect(feed?.statements.ending).toMatchObject({ phase: 'counting', after: null, size })
        at.topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-end' })
        await at.record(P, limited(SHORT))
        expect(await at.under.changes()).toContain(`${P} s2 quarantined 0`)
      },
    )

    test.each([0, 1, 2, 3])(
      'all is taken that a confirmed end left out, with %i steps of the count before it',
      async (steps) => {
        everybodyHas(['x'])
        at.topic.put(begin('s1', 5))
        await at.record(P, limited(SHORT))
        for (let step = 0; step < steps; step++) await walkOnce(limited(SHORT), P)
        at.topic.put(end('s2', 6))
        await at.record(P, limited(SHORT))
        await walkAll(limited(SHORT))
        const omitted = (await at.under.outbox()).filter((row) => row.endsWith('s2'))
        expect(omitted).toHaveLength(MANY.length)
      },
    )

    test('another version of the registry waits until the walk is over', async () => {
      everybodyHas(['x'])
      at.topic.put(begin('s1', 5))
      at.topic.put(end('s2', 6))
      at.topic.activate(2)
      const registryOf = (): Registry => acmeRegistry()
      await at.record(P, { ...limited(SHORT), registryOf })
      expect((await at.under.store.progress(P)).policy.pv).toBe(2)
      expect(await state('s1')).toBe('ended')
      expect((await at.under.outbox()).filter((row) => row.endsWith('s2'))).toHaveLength(
        MANY.length,
      )
    })
  })
}
