import { AUDIT_TOPIC } from '@freshet/wire'
import {
  auditEntry,
  auditWorld,
  registerAuditContract,
  type AuditUnderTest,
} from '@freshet/testkit'
import type { AuditWorld } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
registerAuditContract('postgres', make)

describe('whoever can write the database', () => {
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

  it('of a chain that is held by another sealer waits, and nobody waits for that', async () => {
    const under = await make()
    const seen = await under.stores[0].inStream('control', () =>
      under.stores[1].inStream('control', async () => 'both'),
    )
    expect(seen).toBeUndefined()
  })
})
