import {
  partitionOf,
  SETTLED_AHEAD_MAX,
  subjectKey,
  valueScopeKey,
  type RecordRef,
  type Registry,
  type Source,
  type Subject,
} from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, BEN, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)
const ISSUER = 'https://tokens.acme.example'

/** hr may take away one claim in an hour. */
function limited(): Registry {
  const registry = acmeRegistry()
  const removalLimit = { removals: 1, withinMs: 3_600_000 }
  const sources = [...registry.sources].map(([id, source]): [string, Source] => [
    id,
    id === 'hr' ? { ...source, removalLimit } : source,
  ])
  return { ...registry, sources: new Map(sources) }
}

/** Checks the effects of recorded changes on the ledger, on doubts and on snapshots. */
export function registerRecorderEffects(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: effects`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('exactly the outstanding tokens of the subject that carry the claim are marked (S9)', async () => {
      const own = subjectKey(AMY)
      await at.token('old')
      await at.token('other-claim', { claims: ['entitlements'] })
      await at.token('other-subject', { subject: subjectKey(BEN) })
      await at.token('new', { s: 3n })
      const acting = { subject: subjectKey(BEN), actors: [own] }
      await at.token('acting', { ...acting, s: 99n, actorPositions: [1n] })
      await at.token('acting-new', { ...acting, s: 0n, actorPositions: [3n] })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      at.topic.put(groupsChange('a3', AMY, { op: 'clear', n: 3 }))
      await at.record(P)
      expect(await at.under.stale()).toEqual(['acting claim-changed a2', 'old claim-changed a2'])
      expect(await at.under.changes()).toContain(`${P} a2 applied 2`)
    })

    test('a token minted at the position after a change is not marked by it', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      await at.token('after', { s: 3n })
      await at.token('before', { s: 2n })
      await at.record(P)
      expect(await at.under.stale()).toEqual(['before claim-changed a2'])
    })

    test('stale is final: the first reason, change and time stay, whatever comes later (S10)', async () => {
      const valueScopes = [valueScopeKey('acme', 'groups', 'x')]
      const markedAt = at.clock.nowMs()
      await at.token('first', { valueScopes })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      await at.recordAll()
      await at.clock.advance(1_000)
      await at.token('second', { s: 9n, valueScopes })
      at.topic.put(groupsChange('a3', AMY, { op: 'clear', n: 3 }))
      at.topic.put({ ...hrOrigin('w1', 4), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
      at.topic.put({ ...hrOrigin('d1', 5), kind: 'account', subject: AMY, op: 'disabled' })
      await at.recordAll()
      const changes = ['first claim-changed a2', 'second value-withdrawn w1']
      const since = [`first ${markedAt}`, `second ${markedAt + 1_000}`]
      expect(await at.under.stale()).toEqual(changes)
      expect(await at.under.staleSince()).toEqual(since)
      await at.clock.advance(1_000)
      await at.under.setProgress({ nextOffset: 0n })
      await at.recordAll()
      expect(await at.under.stale()).toEqual(changes)
      expect(await at.under.staleSince()).toEqual(since)
    })

    test('an account event marks every token of the subject by the control position', async () => {
      await at.token('old', { s: 99n })
      await at.token('new', { c: 2n })
      at.topic.put({ ...hrOrigin('d1', 1), kind: 'account', subject: AMY, op: 'disabled' })
      await at.record(0)
      expect(await at.under.stale()).toEqual(['old account d1'])
    })

    test('a late account event raises the account watermark all the same (rule 33)', async () => {
      at.topic.put({ ...hrOrigin('d1', 5), kind: 'account', subject: AMY, op: 'enabled' })
      at.topic.put({ ...hrOrigin('d2', 3), kind: 'account', subject: AMY, op: 'disabled' })
      await at.record(0)
      expect(await at.under.outbox()).toContain('freshet.revocations.v1 0 d2')
      expect((await at.under.digest()).join('\n')).toContain('enabled')
    })

    test('removals beyond the limit of a source are held over batches, until a copy confirms them', async () => {
      const context = { ...at.context, registryOf: limited }
      at.topic.put(groupsChange('f1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
      at.topic.put(groupsChange('f2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      await at.record(P, context)
      at.topic.put(groupsChange('f3', AMY, { op: 'remove', values: ['y'], n: 3 }))
      await at.record(P, context)
      const doubt = (state: string): string => `doubt ${subjectKey(AMY)} groups 1 ${P} 3 ${state}`
      expect(await at.under.changes()).toContain(`${P} f3 held 0`)
      expect(await at.under.digest()).toContain(doubt('raised'))
      await at.record(P, context)
      at.topic.putAgain(groupsChange('f3', AMY, { op: 'remove', values: ['y'], n: 3 }))
      await at.record(P, context)
      expect(await at.under.changes()).toContain(`${P} f3 applied 0`)
      expect(await at.under.digest()).toContain(doubt('settled'))
    })

    test('an unreadable record sets doubt that only a set naming it settles (rule 20)', async () => {
      at.topic.put(groupsChange('b1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.putUnreadable(groupsChange('b2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      await at.token('old', { s: 2n })
      await at.record(P)
      const doubt = (state: string): string => `doubt ${subjectKey(AMY)} groups 1 ${P} 2 ${state}`
      expect(await at.under.digest()).toContain(doubt('raised'))
      expect(await at.under.stale()).toEqual(['old claim-changed b2'])
      at.topic.put(groupsChange('b3', AMY, { op: 'set', values: ['x'], n: 3 }))
      await at.record(P)
      expect(await at.under.digest()).toContain(doubt('raised'))
      const settles = [{ e: 1n, partition: P, offset: 2n }]
      at.topic.put({ ...groupsChange('b4', AMY, { op: 'set', values: ['x'], n: 4 }), settles })
      await at.record(P)
      expect(await at.under.digest()).toContain(doubt('settled'))
    })

    const naming = (n: number, ...settles: readonly RecordRef[]): void => {
      const set = groupsChange(`n${n}`, AMY, { op: 'set', values: ['x'], n })
      at.topic.put({ ...set, settles })
    }
    const offsets = (from: bigint, count: number): readonly RecordRef[] =>
      Array.from({ length: count }, (_, n) => ({ e: 1n, partition: 0, offset: from + BigInt(n) }))
    const doubts = async (): Promise<readonly string[]> =>
      (await at.under.digest()).filter((line) => line.startsWith('doubt '))

    test('a place that can raise no doubt any more is not stored where a set names it (rule 20)', async () => {
      naming(1, { e: 1n, partition: 0, offset: 0n }, { e: 1n, partition: P, offset: 0n })
      naming(2, { e: 0n, partition: 0, offset: 99n })
      await at.record(P)
      expect(await doubts()).toEqual([])
    })

    test('a set can name a place before its doubt is raised (rule 20)', async () => {
      at.topic.put(groupsChange('b1', AMY, { op: 'set', values: ['x'], n: 1 }))
      const offset = BigInt(at.topic.records(0).length)
      at.topic.putUnreadable({
        ...hrOrigin('d1', 2),
        kind: 'account',
        subject: AMY,
        op: 'disabled',
      })
      naming(3, { e: 1n, partition: 0, offset })
      await at.record(P)
      const doubt = `doubt ${subjectKey(AMY)} groups 1 0 ${offset} settled`
      expect(await doubts()).toEqual([doubt])
      await at.record(0)
      expect(await doubts()).toContain(doubt)
      // Control: the same record puts the claims in doubt that no set settled.
      expect((await doubts()).some((line) => line.endsWith(' raised'))).toBe(true)
    })

    test('of the places that no record has yet, the first ones are kept (rule 20)', async () => {
      naming(1, ...offsets(100n, 80))
      naming(2, ...offsets(50n, 80))
      await at.record(P)
      naming(3, ...offsets(40n, 12))
      await at.record(P)
      const kept = (await doubts()).map((line) => Number(line.split(' ').at(-2)))
      const first = Array.from({ length: SETTLED_AHEAD_MAX }, (_, n) => 40 + n)
      expect(kept.toSorted((a, b) => a - b)).toEqual(first)
    })

    test('the end of a snapshot takes the values that it omits, and ends a halt', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      at.topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-end' })
      await at.token('old', { s: 2n })
      await at.recordAll()
      expect(await at.under.stale()).toEqual(['old claim-changed s2'])
      expect(await at.under.outbox()).toContain(`freshet.revocations.v1 ${P} s2`)
    })

    test('the end of a full statement that leaves out much waits for a confirmation', async () => {
      const staff = Array.from({ length: 100 }, (_, n) => ({ ...AMY, sub: `staff-${n}` }))
      const here = staff.filter((each) => partitionOf(each) === P)
      const put = (subject: Subject, n: number, values: readonly string[] = ['x']): void =>
        at.topic.put(groupsChange(`${subject.sub}-${n}`, subject, { op: 'set', values, n }))
      for (const subject of here) put(subject, 1)
      for (const subject of here.slice(0, 3)) put(subject, 2, [])
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      put(here[3] ?? AMY, 5)
      at.topic.put({ ...hrOrigin('s2', 5), kind: 'snapshot-end' })
      await at.record(P)
      expect(await at.under.changes()).toContain(`${P} s2 quarantined 0`)
      const { latest } = await at.under.view.refused({ tenant: 'acme', source: 'hr' })
      const [left, all] = [here.length - 4, here.length - 3]
      expect(latest).toMatchObject([
        {
          code: 'event.unconfirmed',
          rule: `it leaves out ${left} of ${all} claims here, and does not confirm that`,
        },
      ])
      expect(await at.under.outbox()).not.toContain(`freshet.revocations.v1 ${P} s2`)
      at.topic.put({ ...hrOrigin('s3', 5), kind: 'snapshot-end', confirmed: true })
      await at.record(P)
      expect(await at.under.changes()).toContain(`${P} s3 applied 0`)
      expect(await at.under.outbox()).toContain(`freshet.revocations.v1 ${P} s3`)
    })

    test('an old border of a full statement is refused, whatever became of it before', async () => {
      at.topic.put({ ...hrOrigin('e0', 4), kind: 'snapshot-end' })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      await at.record(P)
      at.topic.put({ ...hrOrigin('s0', 4), kind: 'snapshot-begin' })
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      await at.record(P)
      at.topic.putAgain({ ...hrOrigin('e0', 4), kind: 'snapshot-end' })
      await at.record(P)
      expect(await at.under.changes()).toEqual(
        expect.arrayContaining([
          `${P} s0 quarantined 0`,
          `${P} s1 noop 0`,
          `${P} e0 quarantined 0`,
        ]),
      )
    })

    test.each([
      ['tenant', 'acme', ['old', 'kid2', 'web', 'session']],
      ['client', 'web', ['web']],
      ['key', 'k2', ['kid2']],
      ['session', 's1', ['session']],
      ['token', 'new', ['new']],
      ['issuer', ISSUER, ['kid2', 'new', 'old', 'session', 'web']],
      ['issuer', 'https://other.example', []],
    ] as const)(
      'a %s that is refused (%s) is marked in the ledger (rule 23)',
      async (kind, target, jtis) => {
        await at.token('old')
        await at.token('new', { c: 9n })
        await at.token('web', { client: 'web' })
        await at.token('kid2', { kid: 'k2' })
        await at.token('session', { sid: 's1' })
        const origin = { ...hrOrigin('c1', 1), source: 'security', target }
        if (kind === 'tenant' || kind === 'client')
          at.topic.put({ ...origin, kind: 'cut-off', scope: kind })
        else at.topic.put({ ...origin, kind: 'deny', scope: kind })
        await at.record(0)
        const stale = (await at.under.stale()).map((row) => row.split(' ')[0])
        expect(stale).toEqual([...jtis].sort())
      },
    )
  })
}
