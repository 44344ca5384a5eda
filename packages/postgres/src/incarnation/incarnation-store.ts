import { invariant } from '@freshet/protocol'
import type { IncarnationStore } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import { inTransaction } from '../connection/transaction.ts'
import { clearThrough, haltSkipped, lockAll, raiseAll, selectRemembered } from './statements.ts'

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
