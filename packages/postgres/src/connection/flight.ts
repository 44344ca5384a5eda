import type pg from 'pg'
import { doubtOf, giveBack, takeConnection } from './connection.ts'
import { inOnePiece } from './one-piece.ts'
import { queryable, type Queryable } from './query.ts'
import { forTenant, type Worker } from './tenant.ts'

/** A connection that can send statements one after the other without waiting. */
export interface Flights extends Queryable {
  /**
   * Runs `send` on one connection. The statements that it sends before it waits leave by one system
   * call and share a round trip. Each is a transaction of its own: the server begins it, and takes
   * its snapshot, when the one before is committed, durably, or has failed, which holds up none of
   * the others. `send` must wait for all of them.
   *
   * @throws `database.*`, and whatever `send` throws
   */
  inOneFlight<T>(send: (db: Queryable) => Promise<T>): Promise<T>
}

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
