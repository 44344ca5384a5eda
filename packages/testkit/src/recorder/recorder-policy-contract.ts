import { claimKey, partitionOf, subjectKey, wholeTenant, type Registry } from '@freshet/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from '../acme-registry.ts'
import { activatedFixture, recorderFixture, type RecorderFixture } from './recorder-fixture.ts'
import {
  AMY,
  groupsChange,
  hrOrigin,
  recordContext,
  type RecorderUnderTest,
} from './recorder-world.ts'

const P = partitionOf(AMY)

/** Checks the recorder's use of policy versions. */
export function registerRecorderPolicy(name: string, make: () => Promise<RecorderUnderTest>): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: policy`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('a policy version that is not loaded is waited for, and nothing after it applies (rule 32)', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      at.topic.activate(2)
      at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      expect(await at.record(P)).toMatchObject({
        kind: 'waiting',
        nextOffset: 2n,
        policy: { pv: 1 },
        needs: { pv: 2 },
      })
      expect(await at.under.changes()).toContain(`${P} a1 noop 0`)
      const loaded = new Map<number, Registry>([
        [1, acmeRegistry()],
        [2, acmeRegistry({ version: 2 })],
      ])
      expect(await at.record(P, recordContext(at.under.store, at.clock, loaded))).toMatchObject({
        kind: 'recorded',
      })
      expect(await at.under.store.progress(P)).toMatchObject({ policy: { pv: 2 }, nextOffset: 4n })
    })

    test('a version that is loaded while the state is read is waited for until the next batch (rule 32)', async () => {
      const claims = new Map(acmeRegistry().claims)
      const groups = claims.get('groups')
      if (groups) claims.set('groups', { ...groups, source: 'iga' })
      const moved = acmeRegistry({ version: 2, claims })
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put({ ...hrOrigin('b1', 2), source: 'iga', kind: 'snapshot-begin' })
      at.topic.activate(2)
      let loads = 0
      const loading = {
        ...at.context,
        registryOf: (pv: number, hash: string) => {
          if (pv < 2) return at.context.registryOf(pv, hash)
          loads += 1
          return loads > 1 ? moved : undefined
        },
      }
      expect(await at.record(P, loading)).toMatchObject({ kind: 'waiting', needs: { pv: 2 } })
      await at.record(P, loading)
      const doubt = `doubt ${subjectKey(wholeTenant('acme'))} groups 1 ${P} 3`
      expect(await at.under.digest()).toContain(`${doubt} raised`)
      const feeds = await at.under.view.feeds({ tenant: 'acme', source: 'iga' })
      expect(feeds.find(({ partition }) => partition === P)).toMatchObject({
        feed: { complete: 1n },
        statements: { open: null, latest: 'b1' },
      })
    })

    test('a claim that moves is in doubt until the full statement of its new source (rule 32)', async () => {
      const claims = new Map(acmeRegistry().claims)
      const groups = claims.get('groups')
      if (groups) claims.set('groups', { ...groups, source: 'iga' })
      const loaded = new Map<number, Registry>([
        [1, acmeRegistry()],
        [2, acmeRegistry({ version: 2, claims })],
      ])
      const over = recordContext(at.under.store, at.clock, loaded)
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.activate(2)
      await at.record(P, over)
      const doubt = `doubt ${subjectKey(wholeTenant('acme'))} groups 1 ${P} 2`
      expect(await at.under.digest()).toContain(`${doubt} raised`)
      const policy = { pv: 2, minimum: 2, given: new Map([['iga', at.clock.nowMs()]]) }
      expect(await at.under.store.progress(P)).toMatchObject({ policy })
      const iga = { tenant: 'acme', source: 'iga' }
      expect(await at.under.view.givenMs(iga)).toBe(at.clock.nowMs())
      expect(await at.under.view.givenMs({ ...iga, source: 'hr' })).toBe(0)
      // A registry can have thousands of tenants of which a source never sends: their feeds are not stored.
      expect(await at.under.view.feeds(iga)).toEqual([])
      at.topic.put({ ...hrOrigin('s1', 1), source: 'iga', kind: 'snapshot-begin' })
      at.topic.put({ ...hrOrigin('s2', 2), source: 'iga', kind: 'snapshot-end' })
      await at.record(P, over)
      expect(await at.under.digest()).toContain(`${doubt} settled`)
      expect((await at.under.digest()).join('\n')).toContain(claimKey(AMY, 'groups'))
      expect(await at.under.store.progress(P)).toMatchObject({ policy })
    })

    test('a version that comes late activates nothing, and its minimum holds (rule 32)', async () => {
      const loaded = new Map([1, 2, 3].map((version) => [version, acmeRegistry({ version })]))
      const over = recordContext(at.under.store, at.clock, loaded)
      at.topic.activate(3, 1)
      at.topic.activate(2, 2)
      await at.record(P, over)
      expect(await at.under.store.progress(P)).toMatchObject({ policy: { pv: 3, minimum: 2 } })
      at.topic.activate(1, 1)
      await at.record(P, over)
      expect(await at.under.store.progress(P)).toMatchObject({ policy: { pv: 3, minimum: 2 } })
    })

    test('a change before any activation is refused, and counts (rule 36)', async () => {
      at = await recorderFixture(make)
      at.topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      await at.record(P)
      expect(await at.under.changes()).toEqual([`${P} a1 quarantined 0`])
      at.topic.activate(1)
      at.topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      await at.record(P)
      expect(await at.under.changes()).toContain(`${P} a1 noop 0`)
    })
  })
}
