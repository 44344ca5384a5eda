import type { Clock } from '@freshet/protocol'
import type pg from 'pg'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'

/** An answer of the server counts for this long. */
export const ANSWER_COUNTS_MS = 1_000
/** A connection in use without an answer for longer puts earlier answers in doubt. */
export const ANSWER_DUE_MS = 100

const ASK: Statement = { name: 'ready', text: 'SELECT 1' }

/**
 * Returns the check of `/readyz` that the database answers, for one pool. Each answer to a statement of the pool
 * shows that. The check asks by itself only if the last answer is {@link ANSWER_COUNTS_MS} old, if an answer is due
 * for {@link ANSWER_DUE_MS}, or if a connection has left the pool since then. So a lost database is found as soon as
 * by a statement for each check, and one that hangs as soon as the next statement waits for it.
 *
 * @throws `database.*` of the statement that asks
 */
export function databaseCheck(
  database: Database,
  clock: Pick<Clock, 'monotonicMs'>,
): () => Promise<void> {
  const { pool } = database
  /** The connections in use, and the time of their last answer or, before the first, of their start. */
  const inUse = new Map<pg.PoolClient, number>()
  let answeredAtMs = Number.NEGATIVE_INFINITY
  pool.on('connect', (client) =>
    onAnswer(client, () => {
      answeredAtMs = clock.monotonicMs()
      if (inUse.has(client)) inUse.set(client, answeredAtMs)
    }),
  )
  pool.on('acquire', (client) => void inUse.set(client, clock.monotonicMs()))
  pool.on('release', (_error, client) => void inUse.delete(client))
  pool.on('remove', (client) => {
    inUse.delete(client)
    answeredAtMs = Number.NEGATIVE_INFINITY
  })
  return async () => {
    const nowMs = clock.monotonicMs()
    const isDue = [...inUse.values()].some((sinceMs) => nowMs - sinceMs >= ANSWER_DUE_MS)
    if (isDue || nowMs - answeredAtMs >= ANSWER_COUNTS_MS) await database.query(ASK)
  }
}

/** Calls the listener at the end of each answer of the server. */
function onAnswer(client: pg.PoolClient, listener: () => void): void {
  const { connection } = client as unknown as { readonly connection: NodeJS.EventEmitter }
  connection.on('readyForQuery', listener)
}
