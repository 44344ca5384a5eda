import { partitionOf } from '@freshet/protocol'
import { REPLAY_TURN_MS, REPLAYS_MAX } from '@freshet/protocol/quarantine'
import { CHANGES_TOPIC, QUARANTINE_TOPIC } from '@freshet/wire'
import { replayRecord, REPLAY_WAIT_MS } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  auditOf,
  quarantineWorld,
  type QuarantineUnderTest,
  type QuarantineWorld,
} from './quarantine-world.ts'
import { AMY, groupsChange, hrOrigin } from '../recorder/recorder-world.ts'

const P = partitionOf(AMY)
const taken = groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 })
const order = { by: 'ann', reason: 'key published', dryRun: false }

/** Checks replaying over every `QuarantineStore` with its recorder and rehearsals. */
export function registerReplayContract(
  name: string,
  make: () => Promise<QuarantineUnderTest>,
): void {
  let at: QuarantineWorld
  const find = async (id: string) => at.under.store.find(id)
  const appended = (): number => at.log.records(CHANGES_TOPIC, P).length
  /** Parks Amy’s change as one that nothing proves; its key is there afterwards. */
  const quarantineUnproven = async (): Promise<string> => {
    at.unproven.add('hr')
    at.topic.put(taken)
    await at.settle()
    at.unproven.clear()
    return at.newest(P)
  }

  describe(`quarantine: ${name}: replay`, () => {
    beforeEach(async () => {
      at = await quarantineWorld(make)
    })

    test('of a record that is proven by now applies it, once, however often it is asked for', async () => {
      const id = await quarantineUnproven()
      expect(await at.under.changes()).toEqual([])
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'applied' })
      expect(await at.under.changes()).toEqual([`${P} a1 applied`])
      expect(await find(id)).toMatchObject({
        state: 'replayed',
        outcome: 'applied',
        replays: 1,
        decided: { by: 'ann', reason: 'key published' },
      })
      const deed = { ref: id, by: 'ann', tenant: '*' }
      const reason = 'key published'
      expect(await auditOf(at)).toMatchObject([
        { kind: 'quarantine-replayed', ...deed, detail: { replays: 1, reason } },
        {
          kind: 'quarantine-settled',
          ...deed,
          detail: { state: 'replayed', outcome: 'applied', reason },
        },
      ])
      const count = appended()
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'already-replayed' })
      expect(appended()).toBe(count)
    })

    test('a version that was activated a moment ago is loaded first; without loading, the replay is refused', async () => {
      const id = await quarantineUnproven()
      const held = new Set<number>()
      const late = {
        ...at.parts,
        registryOf: (pv: number, hash: string) =>
          held.has(pv) ? at.parts.registryOf(pv, hash) : undefined,
      }
      const dry = { ...order, dryRun: true }
      await expect(replayRecord(late, id, dry)).rejects.toMatchObject({
        code: 'registry.not-loaded',
      })
      const loading = {
        ...late,
        loadVersion: ({ pv }: { readonly pv: number }) => Promise.resolve(held.add(pv)),
      }
      expect(await replayRecord(loading, id, dry)).toMatchObject({ kind: 'would' })
    })

    test('a dry one returns the result for the record, and changes nothing', async () => {
      const id = await quarantineUnproven()
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
      for (const quarantined of await at.under.store.list({}, 10)) {
        expect(await at.replay(quarantined.id)).toMatchObject({
          kind: 'refused',
          why: 'still-refused',
          rehearsal: { becomes: 'quarantined', code: quarantined.code },
        })
      }
      expect(appended()).toBe(count)
    })

    test('a change that its source sent again meanwhile closes the record and sends nothing', async () => {
      const id = await quarantineUnproven()
      at.topic.putAgain(taken)
      await at.settle()
      const count = appended()
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'repeat' })
      expect(appended()).toBe(count)
      expect(await find(id)).toMatchObject({ state: 'replayed', outcome: 'repeat', replays: 0 })
    })

    test('that broke off after it was sent is taken up: the change is applied once', async () => {
      const id = await quarantineUnproven()
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

    test('answers before the reconciler came there, and the next one returns the outcome', async () => {
      const id = await quarantineUnproven()
      const slow = { ...at.parts, writer: at.log }
      const answer = replayRecord(slow, id, order)
      await drive(at, answer)
      expect(await answer).toEqual({ kind: 'sent', outcome: 'pending' })
      expect(await at.replay(id)).toEqual({ kind: 'sent', outcome: 'pending' })
      await at.settle()
      const count = appended()
      expect(await at.replay(id)).toEqual({ kind: 'taken', outcome: 'applied' })
      expect(appended()).toBe(count)
    })

    test('two at once of one record send it once', async () => {
      const id = await quarantineUnproven()
      const { store } = at.under
      const decision = { by: 'ann', reason: null, atMs: at.clock.nowMs() }
      const begun = await Promise.all([1, 2].map(() => store.begin(id, 0, decision)))
      expect(begun.filter(Boolean)).toHaveLength(1)
    })

    test('is refused after as many as are allowed: then the record can only be dropped', async () => {
      const id = await quarantineUnproven()
      const { store } = at.under
      const decision = { by: 'ann', reason: null, atMs: at.clock.nowMs() }
      for (let replays = 0; replays < REPLAYS_MAX; replays++) {
        await store.begin(id, replays, decision)
        await store.end(id, { replays: replays + 1, state: 'open', outcome: 'lost', decision })
      }
      expect(await at.replay(id)).toMatchObject({ kind: 'refused', why: 'limit' })
    })

    test('a replay that the topic lost is reported so, and can be sent again', async () => {
      const id = await quarantineUnproven()
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
    ] as const)('never sends %s: it would describe another moment', async (_, marker) => {
      at.unproven.add('hr')
      at.topic.put(marker)
      await at.settle()
      at.unproven.clear()
      const count = appended()
      expect(await at.replay(at.newest(P))).toMatchObject({ kind: 'refused', why: 'excluded' })
      expect(appended()).toBe(count)
    })

    test('needs the bytes as they were found: others under the name count for nothing', async () => {
      const id = await quarantineUnproven()
      const [quarantinedBytes] = at.log.records(QUARANTINE_TOPIC, P)
      at.log.dropBefore(QUARANTINE_TOPIC, P, 1n)
      await expect(at.replay(id)).rejects.toMatchObject({ code: 'request.not-found' })
      const forged = { ...at.parts, reader: { read: async () => [forgedOf(quarantinedBytes)] } }
      await expect(replayRecord(forged, id, order)).rejects.toMatchObject({
        code: 'request.not-found',
      })
      expect(await find(id)).toMatchObject({ state: 'open', replays: 0 })
    })

    test('a record outside of the quarantine is not found', async () => {
      await expect(at.replay('1-aaaaaaaaaaaaaaaaaaaaaa')).rejects.toMatchObject({
        code: 'request.not-found',
      })
    })
  })
}

/** Lets time pass until the answer is there. */
async function drive(at: QuarantineWorld, answer: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  answer.then(
    () => over.abort(),
    () => over.abort(),
  )
  while (!over.signal.aborted) {
    await at.clock.advance(REPLAY_WAIT_MS)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function forgedOf<R extends { readonly value: Uint8Array | null }>(record: R | undefined): R {
  if (record === undefined) throw new Error('nothing was parked')
  return { ...record, value: Buffer.from('other bytes'), offset: 0n }
}
