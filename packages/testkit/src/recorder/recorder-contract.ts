import { FreshetError, PARTITIONS, partitionOf } from '@freshet/protocol'
import { recordBatch, type RecorderStore } from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { registerRecorderAccounts } from './recorder-accounts-contract.ts'
import { registerRecorderAudit } from './recorder-audit-contract.ts'
import { registerRecorderDenials } from './recorder-denials-contract.ts'
import { registerRecorderGrants } from './recorder-grants-contract.ts'
import { registerRecorderTimes } from './recorder-times-contract.ts'
import { registerRecorderEffects } from './recorder-effects-contract.ts'
import { registerRecorderPolicy } from './recorder-policy-contract.ts'
import {
  activatedFixture,
  putHistory,
  recorderFixture,
  type RecorderFixture,
} from './recorder-fixture.ts'
import { registerRecorderIsolation } from './recorder-isolation-contract.ts'
import { registerMarks } from './recorder-marks-contract.ts'
import { registerRecorderShared } from './recorder-shared-contract.ts'
import { registerRecorderView } from './recorder-view-contract.ts'
import { registerRecorderWalks } from './recorder-walks-contract.ts'
import { AMY, groupsChange, hrOrigin, type RecorderUnderTest } from './recorder-world.ts'

const P = partitionOf(AMY)

/** The store fails the next transaction in this way; `unknown`: it commits, and the caller gets an error. */
function failing(store: RecorderStore, fault: 'before-commit' | 'unknown'): RecorderStore {
  let armed = true
  const lost = (): FreshetError => new FreshetError('database.unavailable', `Planned: ${fault}.`)
  return {
    ...store,
    async inPartition(partition, work) {
      const isArmed = armed
      armed = false
      const result = await store.inPartition(partition, async (tx) => {
        const value = await work(tx)
        if (isArmed && fault === 'before-commit') throw lost()
        return value
      })
      if (isArmed) throw lost()
      return result
    },
  }
}

/** Checks every {@link RecorderStore} with its `MarkStore`, and the recorder over it. */
export function registerRecorderContract(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let at: RecorderFixture

  describe(`recorder: ${name}: transactions`, () => {
    beforeEach(async () => {
      at = await activatedFixture(make)
    })

    test('progress rows are made once and keep what they hold', async () => {
      await at.under.store.ensureProgress(PARTITIONS, 7n)
      expect(await at.under.store.progress(P)).toMatchObject({
        e: 1n,
        nextOffset: 1n,
        policy: { pv: 1, minimum: 0 },
      })
    })

    test('a change is merged, logged, numbered and put into the outbox at once (rule 2)', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      await at.record(P)
      expect(await at.under.changes()).toEqual(
        expect.arrayContaining([`${P} a1 applied 0`, `${P} a2 applied 0`]),
      )
      expect(await at.under.outbox()).toContain(`freshet.revocations.v1 ${P} a2`)
      expect(await at.under.stamps()).toEqual(
        expect.arrayContaining([`hr a1 ${P} 1 true`, `hr a2 ${P} 2 true`]),
      )
      const progress = await at.under.store.progress(P)
      expect(progress.nextOffset).toBe(3n)
      expect(progress.lastHash).toMatch(/^[\w-]{20,}/)
    })

    test('widening publishes nothing', async () => {
      const before = await at.under.outbox()
      at.topic.put(groupsChange('a1', AMY, { op: 'add', values: ['x'], n: 1 }))
      await at.record(P)
      expect(await at.under.outbox()).toEqual(before)
    })

    test('after a crash before the commit nothing happened, and again gives all (rule 2)', async () => {
      putHistory(at.topic)
      const before = [await at.under.digest(), await at.under.changes(), await at.under.outbox()]
      const over = { ...at.context, store: failing(at.under.store, 'before-commit') }
      await expect(at.record(P, over)).rejects.toMatchObject({ code: 'database.unavailable' })
      expect([await at.under.digest(), await at.under.changes(), await at.under.outbox()]).toEqual(
        before,
      )
      await at.record(P)
      expect(await at.under.changes()).toContain(`${P} a2 applied 0`)
    })

    test('a commit of unknown outcome and redelivery give nothing twice (S12)', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      const over = { ...at.context, store: failing(at.under.store, 'unknown') }
      const from = { e: 1n, nextOffset: 1n, receivedAtMs: 0 }
      const records = at.topic.records(P).slice(1)
      await expect(recordBatch(over, records, from)).rejects.toMatchObject({
        code: 'database.unavailable',
      })
      const once = [await at.under.digest(), await at.under.outbox()]
      expect(once[1]?.filter((row) => row.endsWith('a2'))).toHaveLength(1)
      expect(await recordBatch(at.context, records, from)).toMatchObject({
        kind: 'recorded',
        nextOffset: 3n,
      })
      expect([await at.under.digest(), await at.under.outbox()]).toEqual(once)
    })

    test('a zombie that is behind changes nothing (S18)', async () => {
      putHistory(at.topic)
      const stale = at.topic.records(P).slice(1)
      await at.recordAll()
      const after = [await at.under.digest(), await at.under.outbox(), await at.under.changes()]
      await recordBatch(at.context, stale, { e: 1n, nextOffset: 1n, receivedAtMs: 0 })
      expect([await at.under.digest(), await at.under.outbox(), await at.under.changes()]).toEqual(
        after,
      )
    })

    test('two recorders of one partition at once record it once (S18)', async () => {
      putHistory(at.topic)
      const once = { e: 1n, nextOffset: 1n, receivedAtMs: 0 }
      const records = at.topic.records(P).slice(1)
      await Promise.all([1, 2].map(() => recordBatch(at.context, records, once)))
      const rows = await at.under.outbox()
      expect(rows.filter((row) => row.endsWith(' a2'))).toHaveLength(1)
    })

    test('a reader ahead of a restored database, or of another incarnation, starts over', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      const records = at.topic.records(P).slice(1)
      const ahead = { e: 1n, nextOffset: 2n, receivedAtMs: 0 }
      expect(await recordBatch(at.context, records, ahead)).toEqual({ kind: 'superseded' })
      await at.under.setProgress({ e: 2n })
      const older = { e: 1n, nextOffset: 1n, receivedAtMs: 0 }
      expect(await recordBatch(at.context, records, older)).toEqual({ kind: 'superseded' })
      expect(await at.under.changes()).not.toContain(`${P} a1 applied 0`)
    })

    test('a topic that begins behind the position halts each feed there and voids its snapshot (rule 27)', async () => {
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      at.topic.put({ ...hrOrigin('s1', 2), kind: 'snapshot-begin' })
      await at.recordAll()
      const bounds = new Map(PARTITIONS.map((partition) => [partition, partition === P ? 9n : 1n]))
      await at.under.incarnations.raise({ from: 1n, to: 2n, earliest: bounds })
      const feeds = await at.under.view.feeds({ tenant: 'acme', source: 'hr' })
      const halted = feeds.filter(({ feed }) => feed.halted).map(({ partition }) => partition)
      const open = feeds.filter(({ statements }) => statements.open !== null)
      expect(halted).toEqual([P])
      // Control: the topic begins where the other partitions were read already.
      expect(open.map(({ partition }) => partition)).toEqual(
        PARTITIONS.filter((each) => each !== P),
      )
      expect(await at.under.store.progress(P)).toMatchObject({ e: 2n, nextOffset: 9n })
    })

    test('a repeat of an id is a no-op, other content a conflict, and both numbers count (rule 36)', async () => {
      const first = groupsChange('a1', AMY, { op: 'clear', n: 1 })
      at.topic.put(first)
      at.topic.putAgain(first)
      at.topic.put(first)
      at.topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 9 }))
      at.topic.putHeartbeat('hr', 1_795_514_400_500)
      await at.record(P)
      const rows = await at.under.outbox()
      expect(rows.filter((row) => row.startsWith('freshet.quarantine.v1'))).toHaveLength(1)
      const feed = (await at.under.digest()).find(
        (row) => row.includes('feed') && row.includes(`${P}`),
      )
      expect(await at.under.changes()).toContain(`${P} a1 noop 0`)
      expect(feed).toBeDefined()
      expect((await at.under.digest()).join('\n')).toContain('1795514400500')
    })

    test('partitions read in any order give the same state (S13)', async () => {
      putHistory(at.topic)
      await at.recordAll()
      const digest = await at.under.digest()
      for (const turn of [1, 3, 5]) {
        const turned = [...PARTITIONS.slice(turn), ...PARTITIONS.slice(0, turn)]
        at = await recorderFixture(make)
        at.topic.activate(1)
        putHistory(at.topic)
        await at.recordAll(turn === 3 ? turned.toReversed() : turned)
        expect(await at.under.digest()).toEqual(digest)
      }
    })

    test('records read one by one give the same state as in one batch (S13)', async () => {
      putHistory(at.topic)
      await at.recordAll()
      const digest = await at.under.digest()
      at = await recorderFixture(make)
      at.topic.activate(1)
      putHistory(at.topic)
      for (const partition of PARTITIONS) {
        for (const each of at.topic.records(partition)) {
          const from = { e: 1n, nextOffset: each.offset, receivedAtMs: 0 }
          await recordBatch(at.context, [each], from)
        }
      }
      expect(await at.under.digest()).toEqual(digest)
    })

    test('everything read again from the start gives the same state (S12)', async () => {
      putHistory(at.topic)
      await at.recordAll()
      const digest = await at.under.digest()
      const changes = await at.under.changes()
      await at.under.setProgress({ nextOffset: 0n })
      await at.recordAll()
      expect(await at.under.digest()).toEqual(digest)
      expect(await at.under.changes()).toEqual(changes)
    })
  })

  registerRecorderAccounts(name, make)
  registerRecorderAudit(name, make)
  registerRecorderDenials(name, make)

  registerRecorderGrants(name, make)
  registerRecorderTimes(name, make)
  registerRecorderEffects(name, make)
  registerRecorderPolicy(name, make)
  registerRecorderView(name, make)
  registerRecorderWalks(name, make)
  registerMarks(name, make)
  registerRecorderIsolation(name, make)
  registerRecorderShared(name, make)
}
