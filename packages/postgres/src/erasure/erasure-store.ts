import { CONTROL_PARTITION, partitionOf, subjectKey, type Subject } from '@freshet/protocol'
import type { AuditEntry } from '@freshet/wire'
import type { ErasureOutcome, ErasureStore } from '@freshet/intake'
import { appendAudit } from '../audit/append-audit.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import {
  ERASING,
  lockPartitions,
  selectSubjectStatus,
  type SubjectStatusRow,
} from './statements.ts'

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
