import { OWN_SOURCE, partitionOf, subjectKey } from '@freshet/protocol'
import { CHANGES_TOPIC } from '@freshet/wire'
import { dropRecord } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  auditOf,
  quarantineWorld,
  type QuarantineUnderTest,
  type QuarantineWorld,
} from './quarantine-world.ts'
import { registerReplayContract } from './quarantine-replay-contract.ts'
import { AMY, BEN, groupsChange, hrOrigin } from '../recorder/recorder-world.ts'

export type { QuarantineUnderTest } from './quarantine-world.ts'

const P = partitionOf(AMY)
const SECRET = 'value-that-nobody-lists'
const taken = groupsChange('a1', AMY, { op: 'set', values: [SECRET], n: 1 })

/** Checks every `QuarantineStore` with its recorder, rehearsals and forwarding. */
export function registerQuarantineContract(
  name: string,
  make: () => Promise<QuarantineUnderTest>,
): void {
  let at: QuarantineWorld
  const find = async (id: string) => at.under.store.find(id)
  /** Parks Amy’s change as one that nothing proves; its key is there afterwards. */
  const quarantineUnproven = async (): Promise<string> => {
    at.unproven.add('hr')
    at.topic.put(taken)
    await at.settle()
    at.unproven.clear()
    return at.newest(P)
  }

  describe(`quarantine: ${name}: what is parked`, () => {
    beforeEach(async () => {
      at = await quarantineWorld(make)
    })

    test('is known with reason, place and where its bytes stand, and without its content', async () => {
      const id = await quarantineUnproven()
      const quarantined = await find(id)
      expect(quarantined).toMatchObject({
        topic: CHANGES_TOPIC,
        partition: P,
        first: { e: 1n, offset: 1n },
        arrivals: 1,
        code: 'event.unauthentic',
        rule: 'no key of the source is published',
        tenant: null,
        source: 'hr',
        change: null,
        stands: { partition: P, offset: 0n },
        state: 'open',
        replays: 0,
        decided: null,
      })
      const text = JSON.stringify(quarantined, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      expect(text).not.toContain(SECRET)
    })

    test('is one record however often the same content arrives', async () => {
      at.unproven.add('hr')
      at.topic.put(taken)
      at.topic.putAgain(taken)
      await at.settle()
      at.topic.putAgain(taken)
      await at.settle()
      const all = await at.under.store.list({}, 10)
      expect(all).toHaveLength(1)
      expect(all[0]).toMatchObject({ arrivals: 3, first: { offset: 1n }, last: { offset: 3n } })
    })

    test('names tenant and change where the sender is proven', async () => {
      at.topic.put({ ...taken, source: 'iga' })
      await at.settle()
      expect(await find(at.newest(P))).toMatchObject({
        code: 'event.forbidden',
        tenant: 'acme',
        source: 'iga',
        change: 'a1',
      })
    })

    test('is listed oldest first, page by page, and counted by reason', async () => {
      await quarantineUnproven()
      await at.clock.advance(1_000)
      at.topic.put({ ...taken, source: 'iga' })
      at.topic.put({ ...groupsChange('b1', BEN, { op: 'clear', n: 2 }), source: 'iga' })
      await at.settle()
      const { store } = at.under
      const all = await store.list({}, 10)
      expect(all.map(({ code }) => code)).toEqual([
        'event.unauthentic',
        'event.forbidden',
        'event.forbidden',
      ])
      const [first, second, third] = all
      const after = { firstAtMs: first?.first.atMs ?? 0, id: first?.id ?? '' }
      expect((await store.list({}, 1, after)).map(({ id }) => id)).toEqual([second?.id])
      expect(await store.list({ reason: 'event.forbidden', source: 'iga' }, 10)).toHaveLength(2)
      expect(await store.list({ tenant: 'acme', topic: CHANGES_TOPIC }, 10)).toHaveLength(2)
      expect(await store.list({ tenant: 'other' }, 10)).toEqual([])
      const beforeMs = third?.first.atMs ?? 0
      expect(await store.list({ beforeMs }, 10)).toHaveLength(1)
      expect(await store.list({ states: ['dropped'] }, 10)).toEqual([])
      const count = { topic: CHANGES_TOPIC, state: 'open' }
      expect(await store.counts({})).toMatchObject([
        { ...count, reason: 'event.forbidden', records: 2, oldestAtMs: beforeMs },
        { ...count, reason: 'event.unauthentic', records: 1 },
      ])
    })
  })

  registerReplayContract(name, make)

  describe(`quarantine: ${name}: doubt and dropping`, () => {
    const unreadable = groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 })
    beforeEach(async () => {
      at = await quarantineWorld(make)
      at.topic.putUnreadable(unreadable)
      await at.settle()
    })
    const effectsOf = async (id: string) => {
      const quarantined = await find(id)
      return quarantined && at.under.store.effects(quarantined, 10)
    }

    test('a record that could not be read has the claim that it put in doubt', async () => {
      const doubt = { subject: subjectKey(AMY), claim: 'groups', settled: false, e: 1n, offset: 1n }
      expect(await effectsOf(at.newest(P))).toEqual({ doubts: [doubt], halted: [] })
    })

    test('a claim in doubt counts once, whatever the number of its records, and all up to a limit', async () => {
      const { store } = at.under
      expect(await store.openDoubts(10)).toBe(1)
      at.topic.putUnreadable(groupsChange('a3', AMY, { op: 'remove', values: ['y'], n: 3 }))
      await at.settle()
      expect(await store.openDoubts(10)).toBe(1)
      at.topic.putUnreadable(groupsChange('b1', BEN, { op: 'remove', values: ['x'], n: 1 }))
      await at.settle()
      expect(await store.openDoubts(10)).toBe(2)
      expect(await store.openDoubts(1)).toBe(1)
    })

    test('the end of a snapshot that leaves out much names the halted feed, until it is confirmed', async () => {
      const staff = Array.from({ length: 100 }, (_, n) => ({ ...AMY, sub: `staff-${n}` }))
      for (const each of staff.filter((subject) => partitionOf(subject) === P))
        at.topic.put(groupsChange(`${each.sub}-1`, each, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      at.topic.put({ ...hrOrigin('s2', 5), kind: 'snapshot-end' })
      await at.settle()
      const id = at.newest(P)
      expect(await find(id)).toMatchObject({ code: 'event.unconfirmed' })
      expect(await effectsOf(id)).toEqual({ doubts: [], halted: ['acme'] })
      at.topic.put({ ...hrOrigin('s3', 5), kind: 'snapshot-end', confirmed: true })
      await at.settle()
      expect(await effectsOf(id)).toEqual({ doubts: [], halted: [] })
    })

    test('replaying it changes nothing, because it was counted (rule 20)', async () => {
      const id = at.newest(P)
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'in-doubt' })
      expect(await effectsOf(id)).toMatchObject({ doubts: [{ settled: false }] })
    })

    test('dropping it closes the record, for good, and leaves the doubt (rule 20)', async () => {
      const id = at.newest(P)
      const parts = { store: at.under.store, clock: at.clock }
      const by = { by: 'ben', reason: 'hr will state it anew' }
      expect(await dropRecord(parts, id, by)).toMatchObject({
        isNew: true,
        quarantined: { state: 'dropped', decided: by },
        effects: { doubts: [{ claim: 'groups', settled: false }] },
      })
      expect(await auditOf(at)).toMatchObject([
        {
          kind: 'quarantine-dropped',
          tenant: 'acme',
          ref: id,
          by: 'ben',
          detail: { reason: by.reason },
        },
      ])
      const again = { by: 'ann', reason: 'another reason' }
      expect(await dropRecord(parts, id, again)).toMatchObject({
        isNew: false,
        quarantined: { decided: by },
      })
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'dropped' })
    })

    test('an operator’s clearing ends the doubt', async () => {
      const id = at.newest(P)
      const record = { e: 1n, partition: P, offset: 1n }
      const cleared = { ...hrOrigin('c1', 9), source: OWN_SOURCE, subject: AMY, claim: 'groups' }
      const order = { record, by: 'ann', reason: 'hr changed nothing' }
      at.topic.put({ ...cleared, ...order, kind: 'clear-doubt' })
      await at.settle()
      expect(await effectsOf(id)).toMatchObject({ doubts: [{ claim: 'groups', settled: true }] })
    })

    test('control: no source clears a doubt by that reason, not even the one that raised it', async () => {
      const id = at.newest(P)
      const record = { e: 1n, partition: P, offset: 1n }
      const origin = { ...hrOrigin('c1', 9), subject: AMY, claim: 'groups', record }
      at.topic.put({ ...origin, by: 'ann', reason: 'hr says so', kind: 'clear-doubt' })
      await at.settle()
      expect(await find(at.newest(P))).toMatchObject({ code: 'event.forbidden' })
      expect(await effectsOf(id)).toMatchObject({ doubts: [{ settled: false }] })
    })

    test('a set that names it ends the doubt', async () => {
      const id = at.newest(P)
      const settles = [{ e: 1n, partition: P, offset: 1n }]
      at.topic.put({ ...groupsChange('a3', AMY, { op: 'set', values: ['y'], n: 3 }), settles })
      await at.settle()
      expect(await at.under.store.openDoubts(10)).toBe(0)
      expect(await effectsOf(id)).toMatchObject({ doubts: [{ claim: 'groups', settled: true }] })
    })
  })
}
