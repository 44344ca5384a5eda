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
        statement: dropQuarantined,
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
    refusal: parked ? { code: code as ErrorCode, rule } : null,
  }
}

/** States ($1), source ($2), tenant ($3), reason ($4), topic ($5), first found before ($6); null: any. */
const meant = `
  ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR source = $2)
  AND ($3::text IS NULL OR tenant = $3) AND ($4::text IS NULL OR code = $4)
  AND ($5::text IS NULL OR topic = $5) AND ($6::bigint IS NULL OR at_ms < $6)`

/** At most $9 of them behind a place ($7 time, $8 id; null: from the first), oldest first. */
const selectQuarantined: Statement = {
  name: 'quarantine-list',
  text: `
    SELECT * FROM quarantine
    WHERE ${meant} AND ($7::bigint IS NULL OR (at_ms, id) > ($7, $8))
    ORDER BY at_ms, id LIMIT $9`,
}

/** The number of records, by topic, reason and state. */
const countQuarantined: Statement = {
  name: 'quarantine-counts',
  text: `
    SELECT topic, code, state, count(*) AS records, min(at_ms) AS oldest_at_ms
    FROM quarantine WHERE ${meant}
    GROUP BY topic, code, state ORDER BY topic, code, state`,
}

/** One record ($1). */
const selectOneQuarantined: Statement = {
  name: 'quarantine-find',
  text: 'SELECT * FROM quarantine WHERE id = $1',
}

/** At most $2 doubts that a record ($1) raised at its first or newest place. */
const selectDoubts: Statement = {
  name: 'quarantine-doubts',
  text: `
    SELECT DISTINCT d.subject, d.claim, d.settled, d.e, d.log_offset
    FROM quarantine q
    CROSS JOIN LATERAL (VALUES (q.e, q.log_offset), (q.last_e, q.last_offset)) AS p (e, log_offset)
    JOIN doubt d ON d.e = p.e AND d.partition = q.partition AND d.log_offset = p.log_offset
    WHERE q.id = $1 AND d.raised
    ORDER BY d.subject, d.claim, d.e, d.log_offset LIMIT $2`,
}

/** The number of doubts that are not settled, at most $1. A claim can be in doubt because of several records. */
const countDoubts: Statement = {
  name: 'quarantine-count-doubts',
  text: `
    SELECT count(*)::int AS doubts FROM (
      SELECT DISTINCT subject, claim FROM doubt WHERE raised AND NOT settled LIMIT $1
    ) AS open`,
}

/** Tenants in which the proven source of a record ($1) is halted in the record's partition. */
const selectHalted: Statement = {
  name: 'quarantine-halted',
  text: `
    SELECT f.tenant FROM quarantine q
    JOIN feed f ON f.partition = q.partition AND f.source = q.source
      AND (q.tenant IS NULL OR f.tenant = q.tenant)
    WHERE q.id = $1 AND q.code IN ('event.malformed', 'event.unconfirmed') AND f.halted
    ORDER BY f.tenant`,
}

/** Begins a replay of a record ($1) after $2 of them: $3 who, $4 when, $5 why. */
const beginReplay: Statement = {
  name: 'quarantine-begin',
  text: `
    UPDATE quarantine SET state = 'replaying', replays = replays + 1, sent_e = NULL,
      sent_offset = NULL, outcome = NULL, decided_by = $3, decided_at_ms = $4, reason = $5
    WHERE id = $1 AND replays = $2 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}

/** The append place of replay $2 of a record ($1): $3 e, $4 offset. */
const noteSent: Statement = {
  name: 'quarantine-sent',
  text: `
    UPDATE quarantine SET sent_e = $3, sent_offset = $4
    WHERE id = $1 AND replays = $2 AND state = 'replaying'`,
}

/** The records at the place where the latest replay of a record ($1) was appended. */
const selectEvidence: Statement = {
  name: 'quarantine-evidence',
  text: `
    SELECT p.e, p.next_offset, c.outcome,
      (q.last_e = q.sent_e AND q.last_offset = q.sent_offset) AS parked, q.code, q.rule
    FROM quarantine q
    JOIN progress p ON p.partition = q.partition
    LEFT JOIN change_log c ON c.partition = q.partition AND c.e = q.sent_e
      AND c.log_offset = q.sent_offset
    WHERE q.id = $1 AND q.sent_e IS NOT NULL`,
}

/** Ends a record ($1) as $3 with outcome $4 if it was replayed $2 times: $5 who, $6 when, $7 why. */
const endReplay: Statement = {
  name: 'quarantine-end',
  text: `
    UPDATE quarantine SET state = $3, outcome = $4, decided_by = $5, decided_at_ms = $6, reason = $7
    WHERE id = $1 AND replays = $2 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}

/** Drops a record ($1): $2 who, $3 when, $4 why. */
const dropQuarantined: Statement = {
  name: 'quarantine-drop',
  text: `
    UPDATE quarantine SET state = 'dropped', decided_by = $2, decided_at_ms = $3, reason = $4
    WHERE id = $1 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}
