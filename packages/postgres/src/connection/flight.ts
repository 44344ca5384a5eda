import type pg from 'pg'
import { doubtOf, giveBack, takeConnection } from './connection.ts'
import { inOnePiece } from './one-piece.ts'
import { queryable, type Queryable } from './query.ts'
import { forTenant } from './tenant.ts'
import type { Worker } from './tenant-query.ts'

/** @internal With a `worker` each statement is of its tenant alone, in its role. */
export async function inOneFlight<T>(
  pool: pg.Pool,
  send: (db: Queryable) => Promise<T>,
  worker?: Worker,
): Promise<T> {
  const client = await takeConnection(pool)
  let doubt: Error | undefined
  try {
    const sender = inOnePiece(client)
    return await send(worker === undefined ? queryable(sender) : forTenant(sender, worker))
  } catch (error) {
    doubt = doubtOf(error)
    throw error
  } finally {
    giveBack(client, doubt)
  }
}
