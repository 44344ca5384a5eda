import {
  claimKey,
  FreshetError,
  PARTITIONS,
  partitionOf,
  subjectKey,
  valueScopeKey,
  wholeTenant,
  type Registry,
} from '@freshet/domain'
import {
  recordBatch,
  type RecordContext,
  type RecorderStore,
  type RecordResult,
} from '@freshet/reconciler'
import { beforeEach, describe, expect, test } from 'vitest'
import { acmeRegistry } from './acme-registry.ts'
import { ManualClock } from './manual-clock.ts'
import {
  AMY,
  BEN,
  changeTopic,
  groupsChange,
  hrOrigin,
  recordContext,
  type ChangeTopic,
  type PlantedToken,
  type RecorderUnderTest,
} from './recorder-world.ts'

const P = partitionOf(AMY)
const ISSUER = 'https://tokens.acme.example'

/** The store fails the next transaction so; `unknown`: it commits, and the caller is not told. */
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

/** What every {@link RecorderStore} with its {@link MarkStore} must do, and the recorder over it. */
export function registerRecorderContract(
  name: string,
  make: () => Promise<RecorderUnderTest>,
): void {
  let under: RecorderUnderTest
  let clock: ManualClock
  let topic: ChangeTopic
  let context: RecordContext

  const start = async (): Promise<void> => {
    under = await make()
    clock = new ManualClock()
    topic = changeTopic(clock)
    context = recordContext(under.store, clock)
    await under.store.ensureProgress(PARTITIONS, 1n)
  }
  /** Records what stands in a partition from the stored position on. */
  const record = async (partition: number, over = context): Promise<RecordResult> => {
    const { e, nextOffset } = await under.store.progress(partition)
    const records = topic.records(partition).filter(({ offset }) => offset >= nextOffset)
    return recordBatch(over, records, { e, nextOffset, receivedAtMs: clock.nowMs() })
  }
  const recordAll = async (order: readonly number[] = PARTITIONS): Promise<void> => {
    for (const partition of order) await record(partition)
  }
  const activated = async (): Promise<void> => {
    await start()
    topic.activate(1)
    await recordAll()
  }
  const token = (jti: string, more: Partial<PlantedToken> = {}): Promise<void> =>
    under.plantToken({
      ...{ jti, subject: subjectKey(AMY), claims: ['groups'], e: 1n, s: 1n, c: 1n },
      ...more,
    })
  const history = (): void => {
    topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
    topic.put(groupsChange('b1', BEN, { op: 'set', values: ['x'], n: 2 }))
    topic.put({ ...hrOrigin('d1', 3), kind: 'account', subject: AMY, op: 'deleted' })
    topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['y'], n: 4 }))
    topic.putUnreadable(groupsChange('b2', BEN, { op: 'remove', values: ['x'], n: 5 }))
    topic.put({ ...hrOrigin('w1', 6), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
    topic.put({ ...hrOrigin('s1', 7), kind: 'snapshot-begin' })
    topic.put(groupsChange('a3', AMY, { op: 'set', values: ['z'], n: 8 }))
    topic.put({ ...hrOrigin('s2', 9), kind: 'snapshot-end' })
    topic.putAgain(groupsChange('a1', AMY, { op: 'set', values: ['x', 'y'], n: 1 }))
    topic.beat('hr', 1_795_514_400_100)
  }

  describe(`recorder: ${name}`, () => {
    beforeEach(activated)

    test('progress rows are made once and keep what they hold', async () => {
      await under.store.ensureProgress(PARTITIONS, 7n)
      expect(await under.store.progress(P)).toMatchObject({
        e: 1n,
        nextOffset: 1n,
        policy: { pv: 1, minimum: 0 },
      })
    })

    test('a change is merged, logged, numbered and put into the outbox at once (rule 2)', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      await record(P)
      expect(await under.changes()).toEqual(
        expect.arrayContaining([`${P} a1 applied 0`, `${P} a2 applied 0`]),
      )
      expect(await under.outbox()).toContain(`freshet.revocations.v1 ${P} a2`)
      expect(await under.stamps()).toEqual(
        expect.arrayContaining([`hr a1 ${P} 1 true`, `hr a2 ${P} 2 true`]),
      )
      const progress = await under.store.progress(P)
      expect(progress.nextOffset).toBe(3n)
      expect(progress.lastHash).toMatch(/^[\w-]{20,}/)
    })

    test('widening publishes nothing', async () => {
      const before = await under.outbox()
      topic.put(groupsChange('a1', AMY, { op: 'add', values: ['x'], n: 1 }))
      await record(P)
      expect(await under.outbox()).toEqual(before)
    })

    test('after a crash before the commit nothing happened, and again gives all (rule 2)', async () => {
      history()
      const before = [await under.digest(), await under.changes(), await under.outbox()]
      const over = { ...context, store: failing(under.store, 'before-commit') }
      await expect(record(P, over)).rejects.toMatchObject({ code: 'database.unavailable' })
      expect([await under.digest(), await under.changes(), await under.outbox()]).toEqual(before)
      await record(P)
      expect(await under.changes()).toContain(`${P} a2 applied 0`)
    })

    test('a commit of unknown outcome and redelivery give nothing twice (S12)', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      const over = { ...context, store: failing(under.store, 'unknown') }
      const from = { e: 1n, nextOffset: 1n, receivedAtMs: 0 }
      const records = topic.records(P).slice(1)
      await expect(recordBatch(over, records, from)).rejects.toMatchObject({
        code: 'database.unavailable',
      })
      const once = [await under.digest(), await under.outbox()]
      expect(once[1]?.filter((row) => row.endsWith('a2'))).toHaveLength(1)
      expect(await recordBatch(context, records, from)).toEqual({
        kind: 'recorded',
        nextOffset: 3n,
      })
      expect([await under.digest(), await under.outbox()]).toEqual(once)
    })

    test('a zombie that is behind changes nothing (S18)', async () => {
      history()
      const stale = topic.records(P).slice(1)
      await recordAll()
      const after = [await under.digest(), await under.outbox(), await under.changes()]
      await recordBatch(context, stale, { e: 1n, nextOffset: 1n, receivedAtMs: 0 })
      expect([await under.digest(), await under.outbox(), await under.changes()]).toEqual(after)
    })

    test('a reader ahead of a restored database, or of another incarnation, starts over', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      const records = topic.records(P).slice(1)
      const ahead = { e: 1n, nextOffset: 2n, receivedAtMs: 0 }
      expect(await recordBatch(context, records, ahead)).toEqual({ kind: 'superseded' })
      await under.setProgress({ e: 2n })
      const older = { e: 1n, nextOffset: 1n, receivedAtMs: 0 }
      expect(await recordBatch(context, records, older)).toEqual({ kind: 'superseded' })
      expect(await under.changes()).not.toContain(`${P} a1 applied 0`)
    })

    test('a repeat of an id is a no-op, other content a conflict, and both numbers count (rule 36)', async () => {
      const first = groupsChange('a1', AMY, { op: 'clear', n: 1 })
      topic.put(first)
      topic.putAgain(first)
      topic.put(first)
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 9 }))
      topic.beat('hr', 1_795_514_400_500)
      await record(P)
      const rows = await under.outbox()
      expect(rows.filter((row) => row.startsWith('freshet.quarantine.v1'))).toHaveLength(1)
      const feed = (await under.digest()).find(
        (row) => row.includes('feed') && row.includes(`${P}`),
      )
      expect(await under.changes()).toContain(`${P} a1 noop 0`)
      expect(feed).toBeDefined()
      expect((await under.digest()).join('\n')).toContain('1795514400500')
    })

    test('partitions read in any order give the same state (S13)', async () => {
      history()
      await recordAll()
      const digest = await under.digest()
      for (const turn of [1, 3, 5]) {
        const turned = [...PARTITIONS.slice(turn), ...PARTITIONS.slice(0, turn)]
        await start()
        topic.activate(1)
        history()
        await recordAll(turn === 3 ? turned.toReversed() : turned)
        expect(await under.digest()).toEqual(digest)
      }
    })

    test('records read one by one give the same state as in one batch (S13)', async () => {
      history()
      await recordAll()
      const digest = await under.digest()
      await start()
      topic.activate(1)
      history()
      for (const partition of PARTITIONS) {
        for (const each of topic.records(partition)) {
          const from = { e: 1n, nextOffset: each.offset, receivedAtMs: 0 }
          await recordBatch(context, [each], from)
        }
      }
      expect(await under.digest()).toEqual(digest)
    })

    test('everything read again from the start gives the same state (S12)', async () => {
      history()
      await recordAll()
      const digest = await under.digest()
      const changes = await under.changes()
      await under.setProgress({ nextOffset: 0n })
      await recordAll()
      expect(await under.digest()).toEqual(digest)
      expect(await under.changes()).toEqual(changes)
    })

    test('exactly the outstanding tokens of the subject that carry the claim are marked (S9)', async () => {
      const own = subjectKey(AMY)
      await token('old')
      await token('other-claim', { claims: ['entitlements'] })
      await token('other-subject', { subject: subjectKey(BEN) })
      await token('new', { s: 3n })
      const acting = { subject: subjectKey(BEN), actors: [own] }
      await token('acting', { ...acting, s: 99n, actorPositions: [1n] })
      await token('acting-new', { ...acting, s: 0n, actorPositions: [3n] })
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.put(groupsChange('a2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      topic.put(groupsChange('a3', AMY, { op: 'clear', n: 3 }))
      await record(P)
      expect(await under.stale()).toEqual(['acting claim-changed a2', 'old claim-changed a2'])
      expect(await under.changes()).toContain(`${P} a2 applied 2`)
    })

    test('a token minted at the position after a change is not marked by it', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      await token('after', { s: 3n })
      await token('before', { s: 2n })
      await record(P)
      expect(await under.stale()).toEqual(['before claim-changed a2'])
    })

    test('an account event marks every token of the subject by the control position', async () => {
      await token('old', { s: 99n })
      await token('new', { c: 2n })
      topic.put({ ...hrOrigin('d1', 1), kind: 'account', subject: AMY, op: 'disabled' })
      await record(0)
      expect(await under.stale()).toEqual(['old account d1'])
    })

    test('a late account event raises the account watermark all the same (rule 33)', async () => {
      topic.put({ ...hrOrigin('d1', 5), kind: 'account', subject: AMY, op: 'enabled' })
      topic.put({ ...hrOrigin('d2', 3), kind: 'account', subject: AMY, op: 'disabled' })
      await record(0)
      expect(await under.outbox()).toContain('freshet.revocations.v1 0 d2')
      expect((await under.digest()).join('\n')).toContain('enabled')
    })

    test('an unreadable record sets doubt that only a set naming it settles (rule 20)', async () => {
      topic.put(groupsChange('b1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.putUnreadable(groupsChange('b2', AMY, { op: 'remove', values: ['x'], n: 2 }))
      await token('old', { s: 2n })
      await record(P)
      const doubt = (state: string): string => `doubt ${subjectKey(AMY)} groups 1 ${P} 2 ${state}`
      expect(await under.digest()).toContain(doubt('raised'))
      expect(await under.stale()).toEqual(['old claim-changed b2'])
      topic.put(groupsChange('b3', AMY, { op: 'set', values: ['x'], n: 3 }))
      await record(P)
      expect(await under.digest()).toContain(doubt('raised'))
      const settles = [{ e: 1n, partition: P, offset: 2n }]
      topic.put({ ...groupsChange('b4', AMY, { op: 'set', values: ['x'], n: 4 }), settles })
      await record(P)
      expect(await under.digest()).toContain(doubt('settled'))
    })

    test('the end of a full statement takes what was not said again, and ends a halt', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.put({ ...hrOrigin('s1', 5), kind: 'snapshot-begin' })
      topic.put({ ...hrOrigin('s2', 6), kind: 'snapshot-end' })
      await token('old', { s: 2n })
      await recordAll()
      expect(await under.stale()).toEqual(['old claim-changed s2'])
      expect(await under.outbox()).toContain(`freshet.revocations.v1 ${P} s2`)
    })

    test('a wide change is marked in chunks from a cursor, and counted (rule 22)', async () => {
      const scope = valueScopeKey('acme', 'groups', 'x')
      for (const n of [1, 2, 3, 4, 5]) {
        await token(`t${n}`, { subject: subjectKey(BEN), valueScopes: n === 4 ? [] : [scope] })
      }
      await token('t6', { subject: subjectKey(BEN), valueScopes: [scope], c: 2n })
      topic.put({ ...hrOrigin('w1', 1), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
      await record(0)
      expect(await under.stale()).toEqual([])
      const limit = { rows: 2, issuer: ISSUER, nowMs: 5 }
      expect(await under.marks.markChunk(limit)).toMatchObject({ marked: 2, done: false })
      let chunk = await under.marks.markChunk(limit)
      while (chunk && !chunk.done) chunk = await under.marks.markChunk(limit)
      expect(await under.stale()).toEqual(
        ['t1', 't2', 't3', 't5'].map((jti) => `${jti} value-withdrawn w1`),
      )
      expect(await under.changes()).toContain('0 w1 applied 4')
      expect(await under.marks.markChunk(limit)).toBeUndefined()
    })

    test.each([
      ['tenant', 'acme', ['old', 'kid2', 'web']],
      ['client', 'web', ['web']],
      ['key', 'k2', ['kid2']],
      ['token', 'new', ['new']],
      ['issuer', ISSUER, ['kid2', 'new', 'old', 'web']],
      ['issuer', 'https://other.example', []],
    ] as const)(
      'a %s that is refused (%s) is marked in the ledger (rule 23)',
      async (kind, target, jtis) => {
        await token('old')
        await token('new', { c: 9n })
        await token('web', { client: 'web' })
        await token('kid2', { kid: 'k2' })
        const origin = { ...hrOrigin('c1', 1), source: 'security', target }
        if (kind === 'tenant' || kind === 'client')
          topic.put({ ...origin, kind: 'cut-off', scope: kind })
        else topic.put({ ...origin, kind: 'deny', scope: kind })
        await record(0)
        const limit = { rows: 100, issuer: ISSUER, nowMs: 5 }
        expect(await under.marks.markChunk(limit)).toMatchObject({ done: true })
        const stale = (await under.stale()).map((row) => row.split(' ')[0])
        expect(stale).toEqual([...jtis].sort())
      },
    )

    test('a policy version that is not loaded is waited for, and nothing after it applies (rule 32)', async () => {
      topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      topic.activate(2)
      topic.put(groupsChange('a2', AMY, { op: 'clear', n: 2 }))
      expect(await record(P)).toEqual({ kind: 'waiting', nextOffset: 2n, pv: 2 })
      expect(await under.changes()).toContain(`${P} a1 noop 0`)
      const loaded = new Map<number, Registry>([
        [1, acmeRegistry()],
        [2, acmeRegistry({ version: 2 })],
      ])
      expect(await record(P, recordContext(under.store, clock, loaded))).toMatchObject({
        kind: 'recorded',
      })
      expect(await under.store.progress(P)).toMatchObject({ policy: { pv: 2 }, nextOffset: 4n })
    })

    test('a claim that moves is in doubt until the full statement of its new source (rule 32)', async () => {
      const claims = new Map(acmeRegistry().claims)
      const groups = claims.get('groups')
      if (groups) claims.set('groups', { ...groups, source: 'iga' })
      const loaded = new Map<number, Registry>([
        [1, acmeRegistry()],
        [2, acmeRegistry({ version: 2, claims })],
      ])
      const over = recordContext(under.store, clock, loaded)
      topic.put(groupsChange('a1', AMY, { op: 'set', values: ['x'], n: 1 }))
      topic.activate(2)
      await record(P, over)
      const doubt = `doubt ${subjectKey(wholeTenant('acme'))} groups 1 ${P} 2`
      expect(await under.digest()).toContain(`${doubt} raised`)
      expect(await under.store.progress(P)).toMatchObject({ policy: { pv: 2, minimum: 2 } })
      topic.put({ ...hrOrigin('s1', 1), source: 'iga', kind: 'snapshot-begin' })
      topic.put({ ...hrOrigin('s2', 2), source: 'iga', kind: 'snapshot-end' })
      await record(P, over)
      expect(await under.digest()).toContain(`${doubt} settled`)
      expect((await under.digest()).join('\n')).toContain(claimKey(AMY, 'groups'))
    })

    test('a change before any activation is refused, and counts (rule 36)', async () => {
      await start()
      topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      await record(P)
      expect(await under.changes()).toEqual([`${P} a1 quarantined 0`])
      topic.activate(1)
      topic.put(groupsChange('a1', AMY, { op: 'clear', n: 1 }))
      await record(P)
      expect(await under.changes()).toContain(`${P} a1 noop 0`)
    })
  })
}
