import { OWN_SOURCE, partitionOf, PARTITIONS } from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { activatedFixture, type RecorderFixture } from './recorder-fixture.ts'
import { AMY, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)

/** Checks the audit entries of recorded changes. */
export function registerRecorderAudit(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: audit`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('an activation is kept for each partition that passed it, in its transaction', async () => {
      expect(await at.under.audited()).toEqual(
        PARTITIONS.map(() => 'policy-activated 1 reconciler'),
      )
    })

    test('a cut-off, a denial and a withdrawn value are kept once they took effect', async () => {
      const security = { ...hrOrigin('c1', 1), source: 'security', target: 'web' }
      at.topic.put({ ...security, kind: 'cut-off', scope: 'client' })
      at.topic.put({ ...security, id: 'c2', kind: 'deny', scope: 'key' })
      at.topic.put({ ...hrOrigin('w1', 2), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
      await at.record(0)
      expect((await at.under.audited()).slice(PARTITIONS.length)).toEqual([
        'cut-off-applied c1 security',
        'cut-off-applied c2 security',
        'cut-off-applied w1 hr',
      ])
    })

    test('a doubt that an operator cleared is kept', async () => {
      const origin = { ...hrOrigin('c1', 1), source: OWN_SOURCE, subject: AMY, claim: 'groups' }
      const record = { e: 1n, partition: P, offset: 0n }
      at.topic.put({ ...origin, kind: 'clear-doubt', record, by: 'ann', reason: 'known' })
      await at.record(P)
      expect((await at.under.audited()).slice(PARTITIONS.length)).toEqual([
        'doubt-cleared c1 freshet',
      ])
    })

    test('a refused change of a source is kept, and an accepted one is in the change log', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put({ ...groupsChange('a2', AMY, { op: 'clear', n: 2 }), source: 'iga' })
      await at.record(P)
      expect((await at.under.audited()).slice(PARTITIONS.length)).toEqual(['change-refused a2 iga'])
    })

    test('reading again keeps nothing twice (S12)', async () => {
      at.topic.put({ ...groupsChange('a2', AMY, { op: 'clear', n: 2 }), source: 'iga' })
      await at.record(P)
      const before = await at.under.audited()
      await at.recordAll()
      expect(await at.under.audited()).toEqual(before)
    })
  })
}
