import { CONTROL_PARTITION, partitionOf, subjectKey, type Subject } from '@freshet/protocol'
import type { AuditEntry } from '@freshet/wire'
import type { ErasureOutcome, ErasureStore } from '@freshet/intake'
import { appendAudit } from '../audit/append-audit.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'

/** Erasing in Postgres, for a pool that spans tenants. */
export function postgresErasureStore(db: Database): ErasureStore {
  return {
    erase: (subject, entryOf) =>
      inTransaction(db, { tenant: subject.tenant }, (tx) => erase(tx, subject, entryOf)),
  }
}

async function erase(
  tx: Queryable,
  subject: Subject,
  entryOf: (rows: number) => AuditEntry,
): Promise<ErasureOutcome> {
  const key = subjectKey(subject)
  await tx.query(lockPartitions, [[CONTROL_PARTITION, partitionOf(subject)]])
  const { rows } = await tx.query<SubjectStatusRow & Record<string, unknown>>(selectSubjectStatus, [
    key,
  ])
  const { state = null, known = false, waiting = false } = rows[0] ?? {}
  if (state === null && !known) return { kind: 'unknown' }
  if (state !== 'deleted') return { kind: 'not-deleted' }
  if (waiting) return { kind: 'unpublished' }
  const counts = await Promise.all(
    Object.entries(ERASING).map(async ([name, statement]) => {
      return [name, (await tx.query(statement, [key])).count] as const
    }),
  )
  const erased = counts.reduce((sum, [, count]) => sum + count, 0)
  await appendAudit(tx, [entryOf(erased)])
  return { kind: 'erased', rows: Object.fromEntries(counts.filter(([, count]) => count > 0)) }
}

/** Nothing is recorded of a subject meanwhile: locks the rows of its partitions ($1), in ascending order. */
const lockPartitions: Statement = {
  name: 'erasure-lock-partitions',
  text: `SELECT partition FROM progress WHERE partition = ANY($1::int[]) ORDER BY partition FOR UPDATE`,
}

/** The state of subject $1. Waiting: a row that would name it again, or is not published yet. */
const selectSubjectStatus: Statement = {
  name: 'erasure-select-standing',
  text: `
    SELECT
      (SELECT state FROM account_state WHERE subject = $1) AS state,
      EXISTS (SELECT FROM claim_state WHERE subject = $1)
        OR EXISTS (SELECT FROM change_log WHERE subject = $1)
        OR EXISTS (SELECT FROM issuance WHERE subject = $1) AS known,
      EXISTS (
        SELECT FROM change_log c JOIN outbox o
          ON o.tenant = c.tenant AND o.source = c.source AND o.change = c.id
        WHERE c.subject = $1)
        OR EXISTS (SELECT FROM token_mark WHERE target = $1 AND kind IN ('subject', 'actor')) AS waiting`,
}

/** A row of {@link selectSubjectStatus}. */
interface SubjectStatusRow {
  readonly state: string | null
  readonly known: boolean
  readonly waiting: boolean
}

const deleting = (table: string): Statement => ({
  name: `erasure-delete-${table}`,
  text: `DELETE FROM ${table} WHERE subject = $1`,
})

const replacing = (table: string): Statement => ({
  name: `erasure-replace-${table}`,
  text: `
    UPDATE ${table} SET actors = array_replace(actors, $1, erased_name($1))
    WHERE actors @> ARRAY[$1] AND actors <> '{}'`,
})

/**
 * The statements that erase subject $1. Rows of the log stay without it, so that a record that is read again
 * is known as a repeat. Watermarks stay until no token is as old: they are what keeps tokens of the subject
 * stale. Bytes of its records went when they stood in the topic.
 */
const ERASING: Readonly<Record<string, Statement>> = {
  changes: {
    name: 'erasure-blank-changes',
    text: `UPDATE change_log SET subject = NULL, changed = NULL WHERE subject = $1`,
  },
  claims: deleting('claim_state'),
  doubts: deleting('doubt'),
  missedChanges: deleting('missed_change'),
  contradictions: deleting('contradiction'),
  foreignTokens: deleting('foreign_token'),
  issuances: deleting('issuance'),
  tokens: deleting('token'),
  pastTokens: deleting('token_past'),
  actorsOfTokens: replacing('token'),
  actorsOfPastTokens: replacing('token_past'),
  erasedBefore: {
    name: 'erasure-delete-erased-account',
    text: `DELETE FROM account_state WHERE subject = erased_name($1)`,
  },
  accounts: {
    name: 'erasure-blank-account',
    text: `UPDATE account_state SET subject = erased_name($1) WHERE subject = $1`,
  },
}
