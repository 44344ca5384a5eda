import type { ChunkLimit } from '@freshet/reconciler'
import { columnsOf, int8s, texts } from '../columns.ts'
import type { Queryable, Statement } from '../query.ts'
import type { ChunkRow } from './mark-chunk.ts'
import type { WideMarkRow } from './wide-marks.ts'

/** Chunks whose holders are read at once. */
const CHUNKS_AHEAD = 10

/**
 * Tokens after the cursor $1 that carry the value scope $2 of the tenant $3, are labelled below
 * ($4, $5) and are not stale, at most $6. Their index knows no order, so that each look finds all.
 */
const selectHolders: Statement = {
  name: 'mark-select-holders',
  planEach: true,
  text: `
    SELECT jti, exp_ms FROM token
    WHERE value_scopes @> ARRAY[$2::text] AND jti > $1 AND tenant = $3
      AND (e, c) < ($4::bigint, $5::bigint) AND stale_at_ms IS NULL
    ORDER BY jti LIMIT $6`,
}

/** Marks tokens by their keys ($1, $2): stale at $3 by the change $5 of the source $4. */
const markHolders: Statement = {
  name: 'mark-holders',
  text: `
    UPDATE token t SET stale_at_ms = $3, stale_reason = 'value-withdrawn', stale_source = $4,
      stale_change = $5
    FROM unnest($1::text[], $2::bigint[]) AS chunk (jti, exp_ms)
    WHERE t.jti = chunk.jti AND t.exp_ms = chunk.exp_ms AND t.stale_at_ms IS NULL`,
}

interface Holder {
  readonly jti: string
  readonly exp_ms: bigint
}

/** Holders of a withdrawn value that were read and are not marked yet. */
export interface HoldersAhead {
  /** Marks the next chunk of the change; reads on where nothing of it was read ahead. */
  mark(tx: Queryable, change: WideMarkRow, limit: ChunkLimit): Promise<ChunkRow>
}

/**
 * Looking the holders up once for each chunk took longer than marking them. What is read ahead
 * belongs to a change and a cursor: where another process moved the cursor, it is read again.
 */
export function holdersAhead(): HoldersAhead {
  let ahead: { readonly id: bigint; readonly cursor: string; readonly holders: readonly Holder[] }
  return {
    async mark(tx, change, limit) {
      const isOurs = ahead?.id === change.id && ahead.cursor === change.cursor_jti
      const known = isOurs ? ahead.holders : []
      const holders = known.length > 0 ? known : await read(tx, change, limit.rows * CHUNKS_AHEAD)
      const chunk = holders.slice(0, limit.rows)
      const last = chunk.at(-1)?.jti ?? null
      const marked = await markSome(tx, change, chunk, limit)
      ahead = { id: change.id, cursor: last ?? '', holders: holders.slice(limit.rows) }
      return { last, seen: BigInt(chunk.length), marked }
    },
  }
}

async function read(
  tx: Queryable,
  { cursor_jti: cursor, target, tenant, e, position }: WideMarkRow,
  count: number,
): Promise<readonly Holder[]> {
  const values = [cursor, target, tenant, e, position, count]
  return (await tx.query<Holder & Record<string, unknown>>(selectHolders, values)).rows
}

async function markSome(
  tx: Queryable,
  { source, change }: WideMarkRow,
  chunk: readonly Holder[],
  { nowMs }: ChunkLimit,
): Promise<bigint> {
  if (chunk.length === 0) return 0n
  const keys = columnsOf(chunk, [texts(({ jti }) => jti), int8s((holder) => holder.exp_ms)])
  return BigInt((await tx.query(markHolders, [...keys, nowMs, source, change])).count)
}
