import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import { clientsOf } from './client.ts'
import { doubtOf, giveBack, takeConnection } from './connection.ts'
import { inOnePiece } from './one-piece.ts'
import { queryable, type Flights, type Queryable } from './query.ts'
import type { DatabaseRole } from './role.ts'
import { beginSession, type Settings } from './session.ts'
import type { Worker } from './tenant-query.ts'
import { type Tenants, forTenant } from './tenant.ts'

/** A statement that runs longer is ended by the server. */
export const STATEMENT_TIMEOUT_MS = 5_000
/** A wait for a row or an advisory lock that takes longer is ended by the server. */
export const LOCK_TIMEOUT_MS = 2_000
/** A transaction in which nothing happens for longer loses its connection. */
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000
/** Longest wait for a connection: a new one, or one that the pool has to wait for. */
export const CONNECT_TIMEOUT_MS = 5_000
/** Above the server's own limit: only a server that does not answer at all gets here. */
const ANSWER_TIMEOUT_MS = 2_000 + STATEMENT_TIMEOUT_MS
const IDLE_CONNECTION_MS = 30_000
const KEEPALIVE_DELAY_MS = 10_000
const DEFAULT_POOL_SIZE = 6

const LIMITS: Settings = [
  ['statement_timeout', `${STATEMENT_TIMEOUT_MS}`],
  ['lock_timeout', `${LOCK_TIMEOUT_MS}`],
  ['idle_in_transaction_session_timeout', `${IDLE_IN_TRANSACTION_TIMEOUT_MS}`],
]
const PLAN_ONCE: Settings = [
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_mergejoin', 'off'],
]

const INT8 = 20
const INT8_ARRAY = 1016

/** The address of the database and the limits of its use. */
export interface DatabaseOptions {
  /** Holds a password: never to be logged. */
  readonly url: string
  /** Most connections at a time. Default 6; more than 8 per process gains nothing on 2 cores. */
  readonly max?: number
  /** Our name in the server's own views. */
  readonly applicationName: string
  /**
   * Named statements are planned once per connection, whatever their values, and look rows up one by
   * one in an index, however few there are yet; default `false`: as the server thinks best. For
   * statements by key, whose planning costs more than they do: over the 45 partitions of a ledger,
   * marking the tokens of one change takes 1.4 ms of which 0.9 are planning. A plan that was made
   * while a table was empty would else read all of it, and is kept until the table is analyzed.
   */
  readonly planOnce?: boolean
  /**
   * The role of every connection. The pool verifies it before it hands out a new connection, and each
   * transaction and each statement for a tenant sets it again. Default: the login itself, which is for
   * migrations, and for tests; rows of tenants are closed to one another only for a role.
   */
  readonly role?: DatabaseRole
}

/** A pool of connections to one database. */
export interface Database extends Flights, Tenants, AsyncDisposable {
  /** The pool itself, for `inTransaction` and `migrate`. */
  readonly pool: pg.Pool
  readonly role: DatabaseRole | undefined
  /** Waits for the connections in use and closes all. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens nothing yet: connections are made when needed, with limits on statements (5 s), locks
 * (2 s), idle transactions (5 s) and connecting (5 s). The pool sets limits and role by SQL and reads
 * them again: a connection that does not keep them is closed, and the caller gets `database.pooled`.
 * A connection that breaks while idle is dropped silently; the next statement makes a new one.
 *
 * @throws `config.invalid` if the URL is none
 */
export function createDatabase(options: DatabaseOptions): Database {
  if (!URL.canParse(options.url)) {
    throw new FreshetError('config.invalid', 'The URL of the database is not a URL.')
  }
  const { role, planOnce } = options
  const settings = [...LIMITS, ...(planOnce === true ? PLAN_ONCE : [])]
  const pool = new pg.Pool({
    // Statements of a transaction that do not wait for each other travel together.
    pipeline: true,
    Client: clientsOf(options.url),
    connectionString: options.url,
    max: options.max ?? DEFAULT_POOL_SIZE,
    application_name: options.applicationName,
    onConnect: (client) => beginSession(client, settings, role),
    query_timeout: ANSWER_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    types: { getTypeParser },
  })
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', () => {})
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= pool.end())
  return {
    ...queryable(pool),
    inOneFlight: (send) => inOneFlight(pool, send),
    ofTenant: (tenant) => ({
      query: (statement, values) =>
        inOneFlight(pool, (db) => db.query<never>(statement, values), { tenant, role }),
      inOneFlight: (send) => inOneFlight(pool, send, { tenant, role }),
    }),
    pool,
    role,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The server's version, for people: `postgres 18.4`. */
export async function serverKind(db: Queryable): Promise<string> {
  const statement = { name: 'server-version', text: `SELECT current_setting('server_version') v` }
  const { rows } = await db.query<{ v: string }>(statement)
  return `postgres ${rows[0]?.v.split(' ')[0] ?? 'unknown'}`
}

/** Positions are `int8`; as a JavaScript number they would silently lose precision. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return pg.types.getTypeParser(oid, format)
  if (oid === INT8) return BigInt
  if (oid === INT8_ARRAY) return parseInt8Array
  return pg.types.getTypeParser(oid, format)
}

function parseInt8Array(text: string): (bigint | null)[] {
  const items = text.slice(1, -1)
  if (items === '') return []
  return items.split(',').map((item) => (item === 'NULL' ? null : BigInt(item)))
}

/** @internal With a `worker` each statement is of its tenant alone, in its role. */
async function inOneFlight<T>(
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
