import { droppedEntry, replayedEntry, settledEntry, type AuditEntry } from '@freshet/wire'
import type { ErrorCode } from '@freshet/protocol'
import type { QuarantinedState, SentEvidence } from '@freshet/protocol/quarantine'
import type {
  QuarantinedCount,
  QuarantinedEffects,
  QuarantinedFilter,
  QuarantineStore,
} from '@freshet/reconciler'
import { appendAudit } from '../audit/append-audit.ts'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { toQuarantined, type QuarantinedRow } from './quarantined-row.ts'
import {
  beginReplay,
  countDoubts,
  countQuarantined,
  dropParked,
  endReplay,
  noteSent,
  selectDoubts,
  selectEvidence,
  selectHalted,
  selectOneQuarantined,
  selectQuarantined,
} from './statements.ts'

type Typed<Row> = Row & Record<string, unknown>

/** Parked records in Postgres. */
export function postgresQuarantineStore(db: Database): QuarantineStore {
  const decide = (deed: Decided): Promise<boolean> => decideAudited(db, deed)
  return {
    async list(filter, limit, after) {
      const behind = [after?.firstAtMs ?? null, after?.id ?? null]
      const values = [...columnsOf(filter), ...behind, limit]
      const { rows } = await db.query<Typed<QuarantinedRow>>(selectQuarantined, values)
      return rows.map(toQuarantined)
    },
    async counts(filter) {
      const { rows } = await db.query<Typed<CountRow>>(countQuarantined, columnsOf(filter))
      return rows.map(toCount)
    },
    async find(id) {
      const { rows } = await db.query<Typed<QuarantinedRow>>(selectOneQuarantined, [id])
      return rows[0] && toQuarantined(rows[0])
    },
    async openDoubts(max) {
      const { rows } = await db.query<{ doubts: number }>(countDoubts, [max])
      return rows[0]?.doubts ?? 0
    },
    effects: ({ id }, doubtsMax) => effectsOf(db, id, doubtsMax),
    begin: (id, replays, { by, atMs, reason }) =>
      decide({
        statement: beginReplay,
        values: [id, replays, by, atMs, reason],
        entry: (tenant) => replayedEntry({ id, tenant, by, atMs, reason, replays: replays + 1 }),
      }),
    async sent(id, replays, { e, offset }) {
      await db.query(noteSent, [id, replays, e, offset])
    },
    async evidence(id) {
      const { rows } = await db.query<Typed<EvidenceRow>>(selectEvidence, [id])
      return rows[0] && toEvidence(rows[0])
    },
    end: (id, { replays, state, outcome, decision: { by, atMs, reason } }) =>
      decide({
        statement: endReplay,
        values: [id, replays, state, outcome, by, atMs, reason],
        entry: (tenant) => settledEntry({ id, tenant, by, atMs, reason, state, outcome }),
      }),
    drop: (id, { by, atMs, reason }) =>
      decide({
        statement: dropParked,
        values: [id, by, atMs, reason],
        entry: (tenant) => droppedEntry({ id, tenant, by, atMs, reason }),
      }),
  }
}

/** A change of how a record stands, and what the audit keeps of it. */
interface Decided {
  readonly statement: Statement
  readonly values: readonly unknown[]
  readonly entry: (tenant: string | null) => AuditEntry
}

function decideAudited(db: Database, { statement, values, entry }: Decided): Promise<boolean> {
  return inTransaction(db, {}, async (tx) => {
    const { rows } = await tx.query<{ tenant: string | null }>(statement, values)
    const [row] = rows
    if (row === undefined) return false
    await appendAudit(tx, [entry(row.tenant)])
    return true
  })
}

function columnsOf(filter: QuarantinedFilter): readonly unknown[] {
  const { states, source, tenant, reason, topic, beforeMs } = filter
  return [states, source, tenant, reason, topic, beforeMs].map((value) => value ?? null)
}

interface CountRow {
  topic: string
  code: string
  state: QuarantinedState
  records: bigint
  oldest_at_ms: bigint
}

function toCount({
  topic,
  code,
  state,
  records,
  oldest_at_ms: oldest,
}: CountRow): QuarantinedCount {
  return { topic, reason: code, state, records: Number(records), oldestAtMs: Number(oldest) }
}

interface DoubtRow {
  subject: string
  claim: string
  settled: boolean
  e: bigint
  log_offset: bigint
}

async function effectsOf(db: Database, id: string, doubtsMax: number): Promise<QuarantinedEffects> {
  const [doubts, halted] = await Promise.all([
    db.query<Typed<DoubtRow>>(selectDoubts, [id, doubtsMax]),
    db.query<{ tenant: string }>(selectHalted, [id]),
  ])
  return {
    doubts: doubts.rows.map(({ subject, claim, settled, e, log_offset: offset }) => {
      return { subject, claim, settled, e, offset }
    }),
    halted: halted.rows.map(({ tenant }) => tenant),
  }
}

interface EvidenceRow {
  e: bigint
  next_offset: bigint
  outcome: SentEvidence['logged']
  parked: boolean
  code: string
  rule: string
}

function toEvidence({
  e,
  next_offset: nextOffset,
  outcome,
  parked,
  code,
  rule,
}: EvidenceRow): SentEvidence {
  return {
    progress: { e, nextOffset },
    logged: outcome,
    parked: parked ? { code: code as ErrorCode, rule } : null,
  }
}
