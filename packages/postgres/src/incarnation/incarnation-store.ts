import { invariant } from '@freshet/protocol'
import type { IncarnationStore } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import { inTransaction } from '../connection/transaction.ts'
import type { Statement } from '../connection/query.ts'

/** The remembered state of a partition ($1). */
const selectRemembered: Statement = {
  name: 'incarnation-remembered',
  text: `
    SELECT r.e, r.next_offset, r.last_hash, p.head_offset
    FROM progress r LEFT JOIN publisher p USING (partition)
    WHERE r.partition = $1`,
}

/** Locks every progress row in ascending order (rule 27). */
const lockAll: Statement = {
  name: 'incarnation-lock-all',
  text: `SELECT partition, e FROM progress ORDER BY partition FOR UPDATE`,
}

/**
 * Halts every feed of a partition ($1) whose earliest offset ($2) is behind its position: records in between were never
 * read. An open snapshot began before them, so it is open no longer.
 */
const haltSkipped: Statement = {
  name: 'incarnation-halt-skipped',
  text: `
    UPDATE feed
    SET halted = true, snapshot_epoch = NULL, snapshot_n = NULL, held = false,
      ending = CASE WHEN ending ->> 'phase' = 'taking' THEN ending END
    FROM progress JOIN unnest($1::int[], $2::bigint[]) AS bounds (partition, earliest) USING (partition)
    WHERE feed.partition = progress.partition AND bounds.earliest > progress.next_offset`,
}

/** A new incarnation ($1) with the earliest offsets ($3) of the partitions ($2). */
const raiseAll: Statement = {
  name: 'incarnation-raise',
  text: `
    UPDATE progress
    SET e = $1, next_offset = coalesce(
          (SELECT earliest FROM unnest($2::int[], $3::bigint[]) AS bounds (partition, earliest)
           WHERE bounds.partition = progress.partition), 0),
        last_hash = NULL`,
}

/** A `through` of an older incarnation proves nothing (rule 18). */
const clearThrough: Statement = {
  name: 'incarnation-forget-through',
  text: `UPDATE feed SET through_ms = NULL`,
}

/** Positions in Postgres. */
export function postgresIncarnationStore(db: Database): IncarnationStore {
  return {
    async remembered(partition) {
      const { rows } = await db.query<RememberedRow>(selectRemembered, [partition])
      const [row] = rows
      invariant(row, `Partition ${partition} has no progress row.`)
      const { e, next_offset: nextOffset, last_hash: lastHash, head_offset: head } = row
      return { e, nextOffset, lastHash, head }
    },
    raise: ({ from, to, earliest }) =>
      inTransaction(db, {}, async (tx) => {
        const { rows } = await tx.query<{ e: bigint }>(lockAll)
        if (rows.some(({ e }) => e !== from)) return
        const bounds = [[...earliest.keys()], [...earliest.values()]]
        await tx.query(haltSkipped, bounds)
        await tx.query(raiseAll, [to, ...bounds])
        await tx.query(clearThrough)
      }),
  }
}

interface RememberedRow {
  e: bigint
  next_offset: bigint
  last_hash: string | null
  head_offset: bigint | null
}
