import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import type { QueryResultRow } from 'pg'
import { doubtOf, giveBack, takeConnection } from './connection.ts'
import { toDatabaseError } from './errors.ts'
import { inOnePiece } from './one-piece.ts'
import type { Database } from './pool.ts'
import { queryable, type Queryable, type Rows, type Sender, type Statement } from './query.ts'
import type { DatabaseRole } from './role.ts'
import { naming } from './tenant.ts'

/** The isolation of a transaction from the work of others. */
export interface TransactionOptions {
  /** Default `read committed`. `repeatable read` reads everything in one snapshot. */
  readonly isolation?: 'read committed' | 'repeatable read'
  /** Default `false`. */
  readonly readOnly?: boolean
  /** The tenant whose rows alone are visible to the role `freshet_tenant`. */
  readonly tenant?: string
}

/**
 * Runs `fn` in one transaction on one connection: committed when this resolves, rolled back when `fn` throws,
 * whose error is passed on as it is. Nothing is tried again here.
 *
 * Statements run in the order in which they are sent. Those that are sent without waiting for each other
 * share a round trip; behind a failed one the server refuses all, and each of them rejects with what failed
 * first.
 *
 * If the connection breaks, the outcome of the commit is unknown: the caller runs it again, so `fn` must be
 * idempotent. A connection in doubt leaves the pool.
 *
 * @throws `database.*`, and `invariant.broken` if `fn` swallowed the error of a statement, because
 *   Postgres then rolls back where a commit was asked for
 */
export async function inTransaction<T>(
  db: Database,
  options: TransactionOptions,
  fn: (tx: Queryable) => Promise<T>,
): Promise<T> {
  const client = await takeConnection(db.pool)
  let doubt: Error | undefined
  try {
    const sender = inOnePiece(client)
    const begun = send(sender, begin(options, db.role))
    const value = await fn(failingAsOne(queryable(sender), begun))
    await begun
    await commit(client)
    return value
  } catch (error) {
    doubt = doubtOf(error) ?? (await rollBack(client))
    throw error
  } finally {
    giveBack(client, doubt)
  }
}

/**
 * A refusal that follows from an earlier failure has no information; the failure has. The first statements
 * travel with BEGIN, which fails only where the connection does or on a standby, where nothing that follows
 * it could write.
 */
function failingAsOne(tx: Queryable, begun: Promise<unknown>): Queryable {
  let failed: { readonly error: unknown } | undefined
  begun.catch((error: unknown) => (failed ??= { error }))
  return {
    async query<Row extends QueryResultRow>(
      statement: Statement,
      values?: readonly unknown[],
    ): Promise<Rows<Row>> {
      try {
        const [, answer] = await Promise.all([begun, tx.query<Row>(statement, values)])
        return answer
      } catch (error) {
        failed ??= { error }
        throw failed.error
      }
    },
  }
}

/** The role is set again, so that a connection that lost it fails or works as it must. */
function begin(options: TransactionOptions, role: DatabaseRole | undefined): string {
  const { isolation = 'read committed', readOnly, tenant } = options
  const access = readOnly === true ? 'READ ONLY' : 'READ WRITE'
  return [
    `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()} ${access}`,
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${role}`]),
    ...(tenant === undefined ? [] : [naming(tenant)]),
  ].join('; ')
}

async function commit(client: pg.PoolClient): Promise<void> {
  const result = await send(client, 'COMMIT')
  if (result.command === 'COMMIT') return
  const message = 'A statement failed inside a transaction that went on as if it had not.'
  throw new FreshetError('invariant.broken', message)
}

/** Returns why the connection cannot be used again, if so. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await send(client, 'ROLLBACK')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function send(client: Sender, text: string): Promise<Awaited<ReturnType<Sender['query']>>> {
  try {
    return await client.query({ text })
  } catch (error) {
    throw toDatabaseError(error, text.split(' ', 1)[0] ?? text)
  }
}
