import { sealOnce } from '@freshet/audit'
import { partitionOf, PARTITIONS, scopeKey, subjectKey, type Subject } from '@freshet/protocol'
import { AUDIT_TOPIC, decodeAuditEntry, erasedEntry } from '@freshet/wire'
import type { ErasureOutcome } from '@freshet/intake'
import {
  auditWorld,
  registerErasureContract,
  type AuditUnderTest,
  type AuditWorld,
  type StoredRow,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { postgresAuditLog } from '../audit/append-audit.ts'
import { postgresAuditReader } from '../audit/audit-reader.ts'
import { postgresSealStore } from '../audit/seal-store.ts'
import { postgresMintStore } from '../authority/mint-store.ts'
import { postgresTokenPartitions } from '../authority/token-partitions.ts'
import { postgresPruneStore } from '../prune/prune-store.ts'
import { selectAccounts, upsertAccounts, type StoredAccount } from '../recorder/rows/claim-rows.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import { postgresErasureStore } from './erasure-store.ts'

const NOW = 1_795_514_400_000
const SOON = NOW + 300_000
const IDP = 'https://idp.example'
const ALICE: Subject = { tenant: 'acme', iss: IDP, sub: 'alice' }

let fresh: FreshDatabase
beforeEach(async () => {
  fresh = await freshDatabase()
  await postgresTokenPartitions(fresh.ledger).ensure(NOW, SOON + 1)
  // A quarter of an hour whose tokens are over.
  await postgresTokenPartitions(fresh.ledger).ensure(0, 2)
  await postgresTokenPartitions(fresh.ledger).retire(NOW)
  const text = 'INSERT INTO progress (partition, e) SELECT p, 1 FROM unnest($1::int[]) AS p'
  await run(text, [PARTITIONS])
})
afterEach(() => fresh.drop())

const run = async (text: string, values: readonly unknown[] = []) =>
  (await fresh.db.query<Record<string, unknown>>({ name: '', text }, values)).rows
const plant = (table: string, row: Readonly<Record<string, unknown>>): Promise<void> =>
  plantRow({ db: fresh.db }, table, row)

/** Rows of the subject in every table that can name one. */
async function plantSubject(subject: Subject, id = `hr-${subject.sub.length}`): Promise<void> {
  const key = subjectKey(subject)
  const { tenant, sub } = subject
  const source = 'hr'
  const bytes = Buffer.from(key)
  const about = { tenant, source, subject: key, partition: partitionOf(subject) }
  await plant('claim_state', { ...about, claim: 'groups' })
  await plant('account_state', { ...about, state: 'deleted', epoch: 0, n: 9, deleted_n: 9 })
  await plant('doubt', { ...about, claim: 'groups', log_offset: sub.length })
  await plant('missed_change', {
    ...about,
    claim: 'groups',
    statement: 's',
    change: `of ${sub.length}`,
  })
  await plant('contradiction', { ...about, claim: 'groups' })
  const names = { scope_keys: [key], denial_keys: [] }
  await plant('foreign_token', { ...about, ...names, jti: `foreign-${sub.length}` })
  const changed = JSON.stringify({ lost: ['taken'], gained: [], lostCount: 1, gainedCount: 0 })
  await plant('change_log', { ...about, id, kind: 'claim', outcome: 'applied', changed })
  for (const [table, expMs] of [
    ['token', SOON],
    ['token_past', 1],
  ] as const) {
    await plant(table, { ...about, jti: `${table}-${sub.length}`, exp_ms: expMs })
  }
  await plant('issuance', { ...about, jti: `token-${sub.length}`, exp_ms: SOON, salt: 'salt' })
  const account = scopeKey({ kind: 'account', subject })
  await plant('watermark', { ...about, scope_key: account, raised_at_ms: NOW, record: bytes })
}

/** Tokens, outstanding and past, of a subject in which another one acts. */
async function plantShared(subject: Subject, actor: Subject): Promise<void> {
  const shared = { subject: subjectKey(subject), actors: [subjectKey(actor)], tenant: 'acme' }
  await plant('token', { ...shared, jti: 'shared', exp_ms: SOON })
  await plant('token_past', { ...shared, jti: 'shared-past', exp_ms: 1 })
}

async function allRows(): Promise<readonly StoredRow[]> {
  const tables = await run(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`)
  const all = tables.map(async ({ relname }) => {
    const table = String(relname)
    const found = await run(`SELECT t::text AS text FROM ${table} AS t ORDER BY 1`)
    return found.map(({ text }) => ({ table, text: String(text) }))
  })
  return (await Promise.all(all)).flat()
}

async function tablesNaming({ sub }: Subject): Promise<readonly string[]> {
  const hex = Buffer.from(sub).toString('hex')
  const naming = (await allRows()).filter(({ text }) => text.includes(sub) || text.includes(hex))
  return [...new Set(naming.map(({ table }) => table))]
}

const entry = { id: 'erasure-1', tenant: 'acme', by: 'ann', reason: 'request 4711', atMs: NOW }
const erase = (subject: Subject): Promise<ErasureOutcome> =>
  postgresErasureStore(fresh.system).erase(subject, (rows) => erasedEntry({ ...entry, rows }))

const EVERYWHERE = [
  'account_state',
  'change_log',
  'claim_state',
  'contradiction',
  'doubt',
  'foreign_token',
  'issuance',
  'missed_change',
  'token',
  'token_past',
  'watermark',
]

registerErasureContract('postgres', async () => ({
  store: postgresErasureStore(fresh.system),
  everywhere: EVERYWHERE,
  plant: plantSubject,
  plantShared,
  async putAccount(subject, state) {
    const key = subjectKey(subject)
    if (state === undefined) await run('DELETE FROM account_state WHERE subject = $1', [key])
    else
      await fresh.system.query(upsertAccounts, [
        [key],
        ['acme'],
        [state],
        [false],
        ['hr'],
        [0],
        [10],
        ['hr'],
        [0],
        [9],
      ])
  },
  async leaveUnpublished(change) {
    const text = `INSERT INTO outbox (topic, partition, record, tenant, source, change)
      VALUES ('t', 1, '', 'acme', 'hr', $1)`
    await run(text, [change])
  },
  async accounts(subject) {
    const nothing = { claims: [], sources: [], denials: [] }
    const query = { tenant: 'acme', parties: [subject] as const, ...nothing }
    const { parties } = await postgresMintStore(fresh.tenants).snapshot(query)
    const recorded = await fresh.system.query<StoredAccount & Record<string, unknown>>(
      selectAccounts,
      [[subjectKey(subject)]],
    )
    return [parties[0]?.account.state, recorded.rows[0]?.state]
  },
  rows: allRows,
  audited: async () =>
    (await run('SELECT entry FROM audit_pending')).map((row) => String(row['entry'])),
}))

describe('what an erasure leaves', () => {
  beforeEach(() => plantSubject(ALICE))

  it('goes with the life of tokens: its watermarks', async () => {
    await erase(ALICE)
    expect(await tablesNaming(ALICE)).toEqual(['watermark'])
    await postgresPruneStore(fresh.system).pruneWatermarks(NOW + 1, 10)
    expect(await tablesNaming(ALICE)).toEqual([])
  })
})

describe('the audit of an erased subject', () => {
  let world: AuditWorld
  let under: AuditUnderTest
  beforeEach(async () => {
    await plantSubject(ALICE)
    world = await auditWorld()
    const reader = postgresAuditReader(fresh.system)
    under = {
      log: postgresAuditLog(fresh.system),
      stores: [postgresSealStore(fresh.system), postgresSealStore(fresh.system)],
      reader,
      async outbox() {
        const rows = await run('SELECT record FROM outbox WHERE topic = $1 ORDER BY id', [
          AUDIT_TOPIC,
        ])
        return rows.map(({ record }) => unpackRecord(record as Buffer))
      },
    }
    const digests = await reader.issuances(['token-5'])
    const about = { tenant: 'acme', ref: 'token-5', by: 'web', atMs: NOW }
    const detail = { issuance: digests.get('token-5') ?? null }
    await under.log.append([{ kind: 'token-issued', ...about, detail }])
    await seal()
  })

  async function seal(): Promise<void> {
    await world.seal(under)
    const terms = { nowMs: world.clock.nowMs(), key: world.signing }
    await sealOnce(under.stores[0], 'tokens', terms)
    await world.publish(under)
  }
  const findings = async () =>
    (await world.verify(under)).streams.map(({ to, finding }) => [to, finding?.what ?? null])

  it('verifies as before, and has who ordered it and why', async () => {
    await erase(ALICE)
    await seal()
    expect(await findings()).toEqual([
      [1n, null],
      [1n, null],
    ])
    const [sealed] = await under.reader.entries('control', 0n, 10)
    expect(decodeAuditEntry(sealed?.text ?? '')).toMatchObject({
      kind: 'subject-erased',
      ref: 'erasure-1',
      by: 'ann',
      detail: { reason: 'request 4711' },
    })
    expect(await tablesNaming(ALICE)).toEqual(['watermark'])
  })

  it('control: does not where a record is blanked and not removed', async () => {
    await run(`UPDATE issuance SET subject = 'erased' WHERE jti = 'token-5'`)
    expect(await findings()).toEqual([
      [0n, null],
      [0n, 'record'],
    ])
  })
})

describe('control', () => {
  beforeEach(() => plantSubject(ALICE))

  it.each([
    'claim_state',
    'issuance',
    'token',
    'doubt',
    'missed_change',
    'contradiction',
    'foreign_token',
  ])('what stays in %s is found', async (table) => {
    await run(`CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER stay BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION stay()`)
    await erase(ALICE)
    expect(await tablesNaming(ALICE)).toEqual([table, 'watermark'])
  })
})
