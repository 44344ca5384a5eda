import type { SealStep, SealStore, SealTransaction, StreamStatus } from '@freshet/audit'
import { AUDIT_STREAMS, AUDIT_TOPIC, gather, type AuditStream } from '@freshet/wire'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'
import { inTransaction } from '../connection/transaction.ts'
import {
  cutStream,
  deletePending,
  deletePruned,
  deletePrunedHeads,
  insertEntries,
  insertHead,
  insertHeadOutbox,
  lockStream,
  selectPending,
  selectWaits,
  updateStream,
  type StreamRow,
} from './seal-statements.ts'

/** The audit's chains in Postgres. Loops that look in the same turn share a statement. */
export function postgresSealStore(db: Database): SealStore {
  const waits = gather(
    async (questions: readonly WaitQuestion[]) => {
      const columns = columnsOf(questions, [
        texts(({ stream }) => stream),
        int8s(({ after }) => after),
      ])
      const { rows } = await db.query<{ waits: boolean }>(selectWaits, columns)
      return rows.map((row) => row.waits)
    },
    { max: AUDIT_STREAMS.length },
  )
  return {
    waits: (stream, after) => waits({ stream, after }),
    inStream: (stream, work) =>
      inTransaction(db, {}, async (tx) => {
        const { rows } = await tx.query<StreamRow & Record<string, unknown>>(lockStream, [stream])
        const [row] = rows
        return row && work(transactionOf(tx, stream, row))
      }),
    prune: (stream, beforeMs, limit) =>
      inTransaction(db, {}, async (tx) => {
        // Under the lock, only one process writes this row.
        if ((await tx.query(lockStream, [stream])).count === 0) return 0
        await tx.query(cutStream, [stream, beforeMs])
        await tx.query(deletePrunedHeads, [stream])
        return (await tx.query(deletePruned, [stream, limit])).count
      }),
  }
}

/** A chain, and the id behind which its entries can wait. */
interface WaitQuestion {
  readonly stream: AuditStream
  readonly after: bigint
}

function transactionOf(tx: Queryable, stream: AuditStream, row: StreamRow): SealTransaction {
  return {
    status: statusOf(row),
    async pending(limit, after) {
      const values = [stream, limit, after]
      const { rows } = await tx.query<{ id: bigint; entry: string }>(selectPending, values)
      return rows.map(({ id, entry: text }) => ({ id, text }))
    },
    seal: (step) => seal(tx, stream, step),
  }
}

function statusOf({ n, hash, ...row }: StreamRow): StreamStatus {
  const isHeaded = row.head_n !== null && row.head_at_ms !== null
  return {
    n,
    hash,
    head: isHeaded ? { n: row.head_n ?? 0n, atMs: Number(row.head_at_ms) } : null,
    keptHeadAtMs: row.kept_head_at_ms === null ? null : Number(row.kept_head_at_ms),
  }
}

/** Statements that do not wait for each other share a round trip. */
async function seal(
  tx: Queryable,
  stream: AuditStream,
  { entries, to, signed }: SealStep,
): Promise<void> {
  const columns = columnsOf(entries, [
    int8s(({ n }) => n),
    texts(({ hash }) => hash),
    texts(({ entry }) => entry?.kind ?? ''),
    texts(({ entry }) => entry?.tenant ?? ''),
    texts(({ entry }) => entry?.ref ?? ''),
    int8s(({ entry }) => entry?.atMs ?? 0),
    texts(({ text }) => text),
  ])
  const atMs = signed?.head.atMs ?? null
  await Promise.all([
    tx.query(insertEntries, [stream, ...columns]),
    tx.query(deletePending, [stream, ...columnsOf(entries, [int8s(({ id }) => id)])]),
    tx.query(updateStream, [stream, to.n, to.hash, atMs, signed?.isKept ? atMs : null]),
    signed && publish(tx, signed),
  ])
}

async function publish(
  tx: Queryable,
  { head, record, isKept }: NonNullable<SealStep['signed']>,
): Promise<void> {
  const { stream, n, hash, atMs } = head
  const packed = packRecord(record)
  await Promise.all([
    tx.query(insertHeadOutbox, [AUDIT_TOPIC, packed]),
    isKept && tx.query(insertHead, [stream, n, hash, atMs, packed]),
  ])
}
