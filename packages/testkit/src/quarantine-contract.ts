import { partitionOf, REPLAY_TURN_MS, REPLAYS_MAX, subjectKey } from '@freshet/domain'
import { CHANGES_TOPIC, QUARANTINE_TOPIC } from '@freshet/events'
import { dropRecord, replayRecord, REPLAY_WAIT_MS } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  quarantineWorld,
  type QuarantineUnderTest,
  type QuarantineWorld,
} from './quarantine-world.ts'
import { AMY, BEN, groupsChange, hrOrigin } from './recorder-world.ts'

export type { QuarantineUnderTest } from './quarantine-world.ts'

const P = partitionOf(AMY)
const SECRET = 'value-that-nobody-lists'
const taken = groupsChange('a1', AMY, { op: 'set', values: [SECRET], n: 1 })
const order = { by: 'ann', reason: 'key published', dryRun: false }

/** What every `QuarantineStore` with its recorder, rehearsals and forwarding must do. */
export function registerQuarantineContract(
  name: string,
  make: () => Promise<QuarantineUnderTest>,
): void {
  let at: QuarantineWorld
  const find = async (id: string) => at.under.store.find(id)
  const appended = (): number => at.log.records(CHANGES_TOPIC, P).length
  /** Parks Amy’s change as one that nothing proves; its key is there afterwards. */
  const parkUnproven = async (): Promise<string> => {
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
      const id = await parkUnproven()
      const parked = await find(id)
      expect(parked).toMatchObject({
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
      const text = JSON.stringify(parked, (_, value: unknown) =>
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
      await parkUnproven()
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
      expect(await store.list({ state: 'dropped' }, 10)).toEqual([])
      const count = { topic: CHANGES_TOPIC, state: 'open' }
      expect(await store.counts({})).toMatchObject([
        { ...count, reason: 'event.forbidden', records: 2, oldestAtMs: beforeMs },
        { ...count, reason: 'event.unauthentic', records: 1 },
      ])
    })
  })

  describe(`quarantine: ${name}: replay`, () => {
    beforeEach(async () => {
      at = await quarantineWorld(make)
    })

    test('of a record that is proven by now applies it, once, however often it is asked for', async () => {
      const id = await parkUnproven()
      expect(await at.under.changes()).toEqual([])
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'applied' })
      expect(await at.under.changes()).toEqual([`${P} a1 applied`])
      expect(await find(id)).toMatchObject({
        state: 'replayed',
        outcome: 'applied',
        replays: 1,
        decided: { by: 'ann', reason: 'key published' },
      })
      const count = appended()
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'already-replayed' })
      expect(appended()).toBe(count)
    })

    test('that is dry tells what the record would become, and changes nothing', async () => {
      const id = await parkUnproven()
      const count = appended()
      const rehearsal = { becomes: 'applied', tightened: false }
      expect(await at.replay(id, { dryRun: true })).toEqual({ kind: 'would', rehearsal })
      expect(appended()).toBe(count)
      expect(await find(id)).toMatchObject({ state: 'open', replays: 0, decided: null })
    })

    test('sends nothing that would be refused again: proof and authority are asked for anew', async () => {
      at.unproven.add('hr')
      at.topic.put(taken)
      at.topic.put({ ...groupsChange('i1', AMY, { op: 'clear', n: 2 }), source: 'iga' })
      await at.settle()
      const count = appended()
      for (const parked of await at.under.store.list({}, 10)) {
        expect(await at.replay(parked.id)).toMatchObject({
          kind: 'refused',
          why: 'still-refused',
          rehearsal: { becomes: 'quarantined', code: parked.code },
        })
      }
      expect(appended()).toBe(count)
    })

    test('of a change that its source sent again meanwhile closes the record and sends nothing', async () => {
      const id = await parkUnproven()
      at.topic.putAgain(taken)
      await at.settle()
      const count = appended()
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'repeat' })
      expect(appended()).toBe(count)
      expect(await find(id)).toMatchObject({ state: 'replayed', outcome: 'repeat', replays: 0 })
    })

    test('that broke off after it was sent is taken up: the change is applied once', async () => {
      const id = await parkUnproven()
      const broken = {
        ...at.parts,
        writer: {
          append: async (...record: Parameters<typeof at.log.append>) => {
            await at.log.append(...record)
            throw new Error('the answer is lost')
          },
        },
      }
      await expect(replayRecord(broken, id, order)).rejects.toThrow('the answer is lost')
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'busy' })
      await at.settle()
      await at.clock.advance(REPLAY_TURN_MS)
      const count = appended()
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'repeat' })
      expect(appended()).toBe(count)
      expect(await at.under.changes()).toEqual([`${P} a1 applied`])
    })

    test('answers before the reconciler came there, and the next one tells the outcome', async () => {
      const id = await parkUnproven()
      const slow = { ...at.parts, writer: at.log }
      const answer = replayRecord(slow, id, order)
      while (at.clock.sleeping === 0) await Promise.race([answer, turn()])
      await at.clock.advance(REPLAY_WAIT_MS * 2)
      await drive(at, answer)
      expect(await answer).toEqual({ kind: 'sent', outcome: 'pending' })
      expect(await at.replay(id)).toEqual({ kind: 'sent', outcome: 'pending' })
      await at.settle()
      const count = appended()
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'applied' })
      expect(appended()).toBe(count)
    })

    test('of one record by two at once sends it once', async () => {
      const id = await parkUnproven()
      const { store } = at.under
      const decision = { by: 'ann', reason: null, atMs: at.clock.nowMs() }
      const begun = await Promise.all([1, 2].map(() => store.begin(id, 0, decision)))
      expect(begun.toSorted()).toEqual([false, true])
    })

    test('is refused after as many as are allowed: then the record can only be dropped', async () => {
      const id = await parkUnproven()
      const { store } = at.under
      const decision = { by: 'ann', reason: null, atMs: at.clock.nowMs() }
      for (let replays = 0; replays < REPLAYS_MAX; replays++) {
        await store.begin(id, replays, decision)
        await store.end(id, { replays: replays + 1, state: 'open', outcome: 'lost', decision })
      }
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'limit' })
    })

    test('that the topic lost is told so, and may be sent again', async () => {
      const id = await parkUnproven()
      const { store } = at.under
      const decision = { by: 'ann', reason: null, atMs: at.clock.nowMs() }
      await store.begin(id, 0, decision)
      await store.sent(id, 1, { e: 0n, offset: 7n })
      await at.clock.advance(REPLAY_TURN_MS)
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'applied' })
    })

    test.each([
      ['the end of a full statement', { ...hrOrigin('s1', 1), kind: 'snapshot-end' }],
      ['the begin of one', { ...hrOrigin('s1', 1), kind: 'snapshot-begin' }],
    ] as const)('never sends %s: it would speak of another moment', async (_, border) => {
      at.unproven.add('hr')
      at.topic.put(border)
      await at.settle()
      at.unproven.clear()
      const count = appended()
      expect(await at.replay(at.newest(P))).toMatchObject({ kind: 'refused', why: 'excluded' })
      expect(appended()).toBe(count)
    })

    test('needs the bytes as they were found: others under the name count for nothing', async () => {
      const id = await parkUnproven()
      const [parkedBytes] = at.log.records(QUARANTINE_TOPIC, P)
      at.log.dropBefore(QUARANTINE_TOPIC, P, 1n)
      await expect(at.replay(id)).rejects.toMatchObject({ code: 'request.not-found' })
      const forged = { ...at.parts, reader: { read: async () => [forgedOf(parkedBytes)] } }
      await expect(replayRecord(forged, id, order)).rejects.toMatchObject({
        code: 'request.not-found',
      })
      expect(await find(id)).toMatchObject({ state: 'open', replays: 0 })
    })

    test('of a record that nobody parked is not found', async () => {
      await expect(at.replay('1-aaaaaaaaaaaaaaaaaaaaaa')).rejects.toMatchObject({
        code: 'request.not-found',
      })
    })
  })

  describe(`quarantine: ${name}: doubt and dropping`, () => {
    const unreadable = groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 })
    beforeEach(async () => {
      at = await quarantineWorld(make)
      at.topic.putUnreadable(unreadable)
      await at.settle()
    })
    const effectsOf = async (id: string) => {
      const parked = await find(id)
      return parked && at.under.store.effects(parked, 10)
    }

    test('a record that could not be read tells which claim it put in doubt', async () => {
      const doubt = { subject: subjectKey(AMY), claim: 'groups', settled: false, e: 1n, offset: 1n }
      expect(await effectsOf(at.newest(P))).toEqual({ doubts: [doubt], halted: [] })
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
        parked: { state: 'dropped', decided: by },
        effects: { doubts: [{ claim: 'groups', settled: false }] },
      })
      const again = { by: 'ann', reason: 'another reason' }
      expect(await dropRecord(parts, id, again)).toMatchObject({
        isNew: false,
        parked: { decided: by },
      })
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'dropped' })
    })

    test('a set that names it ends the doubt', async () => {
      const id = at.newest(P)
      const settles = [{ e: 1n, partition: P, offset: 1n }]
      at.topic.put({ ...groupsChange('a3', AMY, { op: 'set', values: ['y'], n: 3 }), settles })
      await at.settle()
      expect(await effectsOf(id)).toMatchObject({ doubts: [{ claim: 'groups', settled: true }] })
    })
  })
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass until the answer is there. */
async function drive(at: QuarantineWorld, answer: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = (): void => void (isOver = true)
  answer.then(over, over)
  while (!isOver) {
    await at.clock.advance(REPLAY_WAIT_MS)
    await turn()
  }
}

function forgedOf<R extends { readonly value: Uint8Array | null }>(record: R | undefined): R {
  if (record === undefined) throw new Error('nothing was parked')
  return { ...record, value: Buffer.from('other bytes'), offset: 0n }
}
