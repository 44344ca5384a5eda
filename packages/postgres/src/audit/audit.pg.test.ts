import { KEPT_HEAD_EVERY_MS, sealOnce, type AuditReader, type SealStore } from '@freshet/audit'
import {
  AUDIT_TOPIC,
  decodeAuditEntry,
  FLOOR_LAG_MS,
  FULL_SCAN_MS,
  QueueFloor,
  readAuditHead,
  type SigningKey,
} from '@freshet/wire'
import {
  auditEntry,
  auditWorld,
  ManualClock,
  type AuditUnderTest,
  type AuditWorld,
} from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import { inTransaction } from '../connection/transaction.ts'
import { appendAudit, postgresAuditLog } from './append-audit.ts'
import { postgresAuditReader } from './audit-reader.ts'
import { postgresSealStore } from './seal-store.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase({ planOnce: true })
})
afterAll(() => fresh.drop())

const run = (text: string, values: readonly unknown[] = []) =>
  fresh.db.query<Record<string, never>>({ name: '', text }, values)

async function make(): Promise<AuditUnderTest> {
  await run('TRUNCATE audit_pending, audit_entry, audit_head, outbox, audit_stream')
  const start = `rtrim(translate(encode(sha256(convert_to('freshet.audit.v1 ' || s, 'UTF8')), 'base64'), '+/', '-_'), '=')`
  await run(`INSERT INTO audit_stream (stream, hash) SELECT s, ${start}
    FROM unnest(array['control', 'tokens']) AS x (s)`)
  return {
    log: postgresAuditLog(fresh.tenants),
    stores: [postgresSealStore(fresh.system), postgresSealStore(fresh.system)],
    reader: postgresAuditReader(fresh.system),
    async outbox() {
      const text = 'SELECT record FROM outbox WHERE topic = $1 ORDER BY id'
      return (await run(text, [AUDIT_TOPIC])).rows.map(({ record = Buffer.alloc(0) }) =>
        unpackRecord(record),
      )
    },
  }
}

describe('the store of the audit', () => {
  let under: AuditUnderTest
  let world: AuditWorld
  let key: SigningKey
  beforeAll(async () => {
    key = (await auditWorld()).signing
  })
  beforeEach(async () => {
    under = await make()
    world = await auditWorld()
  })
  const append = (...numbers: readonly number[]): Promise<void> =>
    under.log.append(numbers.map((number) => auditEntry(number)))
  const sealed = async (): Promise<readonly (string | undefined)[]> =>
    (await under.reader.entries('control', 0n, 100)).map(({ text }) => decodeAuditEntry(text)?.ref)

  describe('the sealed chain', () => {
    test('entries are chained in the order in which they were written, in dense places', async () => {
      await append(1, 2)
      await append(3)
      await world.seal(under)
      const found = await under.reader.entries('control', 0n, 100)
      expect(found.map(({ n }) => n)).toEqual([1n, 2n, 3n])
      expect(found[2]).toMatchObject({ kind: 'cut-off-ordered', tenant: 'acme' })
      expect(await sealed()).toEqual(['deny-token-1', 'deny-token-2', 'deny-token-3'])
      expect(await under.reader.status('control')).toMatchObject({ n: 3n, pending: { count: 0 } })
    })

    test('each stream has its own chain', async () => {
      await under.log.append([auditEntry(1), auditEntry(2, { kind: 'token-issued' })])
      await world.seal(under)
      expect(await under.reader.status('tokens')).toMatchObject({ n: 0n, pending: { count: 1 } })
      expect(await sealed()).toEqual(['deny-token-1'])
    })

    test('a head goes to the outbox in the same transaction, signed, and no second without news', async () => {
      await append(1)
      await world.seal(under)
      await world.seal(under)
      const heads = (await under.outbox()).map((record) => readAuditHead(record, world.keys))
      const [entry] = await under.reader.entries('control', 0n, 1)
      const head = { stream: 'control', n: 1n, hash: entry?.hash }
      expect(heads).toMatchObject([{ kind: 'head', head }])
    })

    test('what fails before the commit seals nothing, and loses nothing', async () => {
      await append(1)
      const failing = under.stores[0].inStream('control', async (tx) => {
        const [{ id, text } = { id: 0n, text: '' }] = await tx.pending(10, 0n)
        const to = { n: 1n, hash: 'x'.repeat(43) }
        await tx.seal({ entries: [{ ...to, id, text, entry: undefined }], to, signed: undefined })
        throw new Error('planned crash')
      })
      await expect(failing).rejects.toThrow('planned crash')
      expect(await sealed()).toEqual([])
      await world.seal(under)
      expect(await sealed()).toEqual(['deny-token-1'])
    })

    test('entries are read behind an id, and those that came late below a floor when all are read', async () => {
      await append(1, 2)
      await under.stores[0].inStream('control', async (tx) => {
        const [first, second] = await tx.pending(10, 0n)
        expect(await tx.pending(10, first?.id ?? 0n)).toEqual([second])
        expect(await tx.pending(10, second?.id ?? 0n)).toEqual([])
      })
      const clock = new ManualClock()
      const floor = new QueueFloor(clock)
      const seal = (): Promise<unknown> =>
        sealOnce(under.stores[0], 'control', { nowMs: clock.nowMs(), key, floor })
      floor.next()
      floor.raise(1_000_000_000n)
      await clock.advance(FLOOR_LAG_MS)
      floor.raise(0n)
      expect(await seal()).toBe(0)
      await clock.advance(FULL_SCAN_MS)
      expect(await seal()).toBe(2)
      expect(await sealed()).toEqual(['deny-token-1', 'deny-token-2'])
    })

    test('two sealers at once do not fork the chain, and leave nothing', async () => {
      await append(...Array.from({ length: 50 }, (_, at) => at))
      const terms = { nowMs: world.clock.nowMs(), key }
      const both = under.stores.map(async (store) => {
        for (let turn = 0; turn < 20; turn++) {
          await under.log.append([auditEntry(100 + turn)])
          await sealOnce(store, 'control', terms)
        }
      })
      await Promise.all(both)
      await sealOnce(under.stores[0], 'control', terms)
      const { n, pending } = await under.reader.status('control')
      expect({ n, count: pending.count }).toEqual({ n: 90n, count: 0 })
      await world.publish({ ...under, outbox: async () => [] })
      expect((await world.verify(under)).streams).toMatchObject([{ to: 90n, finding: null }, {}])
    })
  })

  describe('the list of sealed entries', () => {
    beforeEach(async () => {
      await append(1, 2)
      await under.log.append([auditEntry(3, { kind: 'change-refused', tenant: 'globex' })])
      await world.seal(under)
    })
    const listed = async (filter: Parameters<AuditReader['latest']>[0], limit = 10) =>
      (await under.reader.latest(filter, limit)).map(({ n }) => n)

    test('the newest come first, as many as asked for', async () => {
      expect(await listed({}, 2)).toEqual([3n, 2n])
    })

    test.each([
      ['stream', { stream: 'tokens' }, []],
      ['kind', { kind: 'cut-off-ordered' }, [2n, 1n]],
      ['tenant', { tenant: 'globex' }, [3n]],
      ['ref', { ref: 'deny-token-2' }, [2n]],
      ['the kinds that are left out', { without: ['cut-off-ordered', 'subject-read'] }, [3n]],
      ['time', { sinceMs: 1_795_514_400_002, untilMs: 1_795_514_400_003 }, [2n]],
    ] as const)('filtered by %s', async (_, filter, expected) => {
      expect(await listed(filter)).toEqual(expected)
    })
  })

  describe('pruning', () => {
    const store = (): SealStore => under.stores[0]
    beforeEach(async () => {
      await append(1, 2)
      await world.seal(under)
      await world.clock.advance(KEPT_HEAD_EVERY_MS)
      await append(3)
      await world.seal(under)
    })

    test('cuts at a signed head that is old enough, and no further', async () => {
      const { clock } = world
      expect(await store().prune('control', clock.nowMs() - KEPT_HEAD_EVERY_MS - 1, 10)).toBe(2)
      expect(await sealed()).toEqual(['deny-token-3'])
      const { pruned } = await under.reader.status('control')
      expect(pruned?.n).toBe(2n)
      const read = pruned && readAuditHead(pruned.record, world.keys)
      expect(read).toMatchObject({ kind: 'head', head: { n: 2n, hash: pruned?.hash } })
    })

    test('removes no more at once than the limit, the oldest first', async () => {
      const before = world.clock.nowMs() - KEPT_HEAD_EVERY_MS
      expect(await store().prune('control', before, 1)).toBe(1)
      expect(await sealed()).toEqual(['deny-token-2', 'deny-token-3'])
      expect(await store().prune('control', before, 1)).toBe(1)
      expect(await store().prune('control', before, 1)).toBe(0)
    })

    test('removes nothing that no old head stands behind', async () => {
      expect(
        await store().prune('control', world.clock.nowMs() - 10 * KEPT_HEAD_EVERY_MS, 10),
      ).toBe(0)
    })
  })
})

describe('a writer of the database', () => {
  let under: AuditUnderTest
  let world: AuditWorld
  beforeEach(async () => {
    under = await make()
    world = await auditWorld()
    for (const first of [1, 5, 9]) {
      await under.log.append([0, 1, 2, 3].map((more) => auditEntry(first + more)))
      await world.seal(under)
    }
    await world.publish(under)
  })

  /** As an owner of the table does it: what it refuses is switched off first. */
  async function tamper(text: string): Promise<void> {
    await run('ALTER TABLE audit_entry DISABLE TRIGGER USER')
    await run(text)
    await run('ALTER TABLE audit_entry ENABLE TRIGGER USER')
  }
  const finding = async () => (await world.verify(under)).streams[0]?.finding

  it('control: is found to have done nothing where nothing was done', async () => {
    expect(await world.verify(under)).toMatchObject({
      streams: [
        { stream: 'control', from: 1n, to: 12n, head: { n: 12n }, finding: null },
        { stream: 'tokens', to: 0n, finding: null },
      ],
      unauthentic: 0,
      unknownKeys: [],
    })
  })

  it.each([
    [
      'edits a row',
      `UPDATE audit_entry SET entry = replace(entry, 'ann', 'eve') WHERE n = 3`,
      { what: 'altered', n: 3n },
    ],
    ['deletes a row', 'DELETE FROM audit_entry WHERE n = 6', { what: 'missing', n: 6n }],
    [
      'swaps two rows',
      `UPDATE audit_entry a SET entry = b.entry, hash = b.hash, ref = b.ref, at_ms = b.at_ms
       FROM audit_entry b WHERE (a.n, b.n) IN ((7, 8), (8, 7)) AND a.stream = b.stream`,
      { what: 'altered', n: 7n },
    ],
    ['cuts off the end', 'DELETE FROM audit_entry WHERE n > 9', { what: 'missing', n: 10n }],
    [
      'cuts off the end, and says so',
      `WITH gone AS (DELETE FROM audit_entry WHERE n > 9)
       UPDATE audit_stream s SET n = e.n, hash = e.hash FROM audit_entry e
       WHERE e.n = 9 AND s.stream = e.stream`,
      { what: 'missing', n: 10n },
    ],
    [
      'prunes before it is time',
      `WITH gone AS (DELETE FROM audit_entry WHERE n <= 4)
       UPDATE audit_stream s SET pruned_n = h.n, pruned_hash = h.hash, pruned_head = h.record
       FROM audit_head h WHERE h.n = 4 AND s.stream = h.stream`,
      { what: 'pruned', n: 5n },
    ],
    ['deletes everything', 'TRUNCATE audit_entry, audit_stream', { what: 'missing', n: 1n }],
  ])('and %s is found out, with the first bad entry', async (_, text, expected) => {
    await tamper(text)
    expect(await finding()).toMatchObject(expected)
  })

  it.each([
    ['edit', `UPDATE audit_entry SET kind = 'x' WHERE n = 3`],
    ['delete', 'DELETE FROM audit_entry WHERE n = 3'],
  ])('cannot %s an entry by mistake', async (_, text) => {
    await expect(run(text)).rejects.toMatchObject({ name: 'FreshetError' })
    expect(await finding()).toBeNull()
  })
})

describe('an entry', () => {
  it('is there if and only if what was done in its transaction is', async () => {
    const under = await make()
    const work = inTransaction(fresh.db, {}, async (tx) => {
      await appendAudit(tx, [auditEntry(1)])
      throw new Error('planned')
    })
    await expect(work).rejects.toThrow('planned')
    await inTransaction(fresh.db, {}, (tx) => appendAudit(tx, [auditEntry(2)]))
    const { pending } = await under.reader.status('control')
    expect(pending.count).toBe(1)
  })

  it('that commits behind a later one is sealed all the same', async () => {
    const under = await make()
    const world = await auditWorld()
    await inTransaction(fresh.db, {}, async (tx) => {
      await appendAudit(tx, [auditEntry(1)])
      await under.log.append([auditEntry(2)])
      await world.seal(under)
    })
    await world.seal(under)
    const found = await under.reader.entries('control', 0n, 10)
    expect(found.map(({ ref }) => ref)).toEqual(['deny-token-2', 'deny-token-1'])
  })

  it('that a sealer left when its process died is sealed by another, once', async () => {
    const under = await make()
    const world = await auditWorld()
    await under.log.append([auditEntry(1)])
    const died = under.stores[0].inStream('control', async (tx) => {
      await tx.pending(10, 0n)
      await run(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'`)
      await tx.pending(10, 0n)
    })
    await expect(died).rejects.toMatchObject({ code: 'database.unavailable' })
    await world.seal(under)
    await world.publish(under)
    const [report] = (await world.verify(under)).streams
    expect(report).toMatchObject({ to: 1n, finding: null, pending: 0 })
  })

  it('a chain of another sealer waits, and no other chain waits for it', async () => {
    const under = await make()
    const seen = await under.stores[0].inStream('control', () =>
      under.stores[1].inStream('control', async () => 'both'),
    )
    expect(seen).toBeUndefined()
  })
})
