import type { ChunkLimit, MarkedChunk, MarkStore } from '@freshet/reconciler'
import type { Database } from '../pool.ts'
import type { Queryable } from '../query.ts'
import { inTransaction } from '../transaction.ts'
import { markAgain } from './late-marks.ts'
import { markChunkOf, type ChunkRow } from './mark-chunk.ts'
import { holdersAhead, type HoldersAhead } from './mark-holders.ts'
import {
  countMarks,
  deleteWideMark,
  lockWideMark,
  updateWideMark,
  type WideMarkRow,
} from './wide-marks.ts'

const REASONS: Readonly<Record<keyof typeof markChunkOf, string>> = {
  tenant: 'tenant-cut-off',
  client: 'client-cut-off',
  key: 'key-denied',
  issuer: 'issuer-denied',
  session: 'session-denied',
  token: 'token-denied',
}

/** What is marked in the token ledger in the background. */
export function postgresMarkStore(db: Database): MarkStore {
  const holders = holdersAhead()
  return {
    markAgain: (batches) => markAgain(db, batches, null),
    markChunk: (limit) =>
      inTransaction(db, {}, async (tx) => {
        const { rows } = await tx.query<WideMarkRow & Record<string, unknown>>(lockWideMark)
        const [change] = rows
        return change === undefined ? undefined : markNext(tx, holders, change, limit)
      }),
  }
}

async function markNext(
  tx: Queryable,
  holders: HoldersAhead,
  change: WideMarkRow,
  limit: ChunkLimit,
): Promise<MarkedChunk> {
  const chunk = await (change.kind === 'value'
    ? holders.mark(tx, change, limit)
    : chunkOf(tx, { ...change, kind: change.kind }, limit))
  const marked = Number(chunk.marked)
  const done = Number(chunk.seen) < limit.rows
  if (done) await tx.query(deleteWideMark, [change.id])
  else await tx.query(updateWideMark, [change.id, chunk.last ?? change.cursor_jti, marked])
  if (marked > 0) await tx.query(countMarks, [change.tenant, change.source, change.change, marked])
  return { id: change.id, marked, done }
}

/** The ledger holds tokens of our own issuer only: a denial of another one concerns none of them. */
async function chunkOf(
  tx: Queryable,
  change: WideMarkRow & { kind: keyof typeof markChunkOf },
  limit: ChunkLimit,
): Promise<ChunkRow> {
  const { kind, tenant, target, e, position, source, cursor_jti: cursor } = change
  if (kind === 'issuer' && target !== limit.issuer) return { last: null, seen: 0n, marked: 0n }
  const told = [cursor, limit.rows, limit.nowMs, REASONS[kind], source, change.change]
  const below = position === null ? [] : [e, position]
  const values = [...told, tenant, target, ...below]
  const { rows } = await tx.query<ChunkRow & Record<string, unknown>>(markChunkOf[kind], values)
  return rows[0] ?? { last: null, seen: 0n, marked: 0n }
}
