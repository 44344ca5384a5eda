import type { ForwardTurn } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'

/** One process forwards at a time. */
const tryForward: Statement = {
  name: 'publisher-try-forward',
  text: `SELECT pg_try_advisory_xact_lock(7310585030482047082) AS taken`,
}

/**
 * Lets one process of a database at a time forward rows of the outbox. The lock is that of a transaction in
 * which nothing else happens, so it ends with its process. If a turn takes longer than a transaction can be
 * idle, another process begins beside it, and rows are sent twice.
 */
export function postgresForwardTurn(db: Database): ForwardTurn {
  return (work) =>
    inTransaction(db, {}, async (tx) => {
      const { rows } = await tx.query<{ taken: boolean }>(tryForward)
      return rows[0]?.taken === true ? work() : undefined
    })
}
