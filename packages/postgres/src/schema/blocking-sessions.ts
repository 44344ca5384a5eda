import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { openClient } from '../connection/client.ts'

/** A session that holds a lock for which a migration waits. */
export interface BlockingSession {
  /** The process of the server; 0 for a prepared transaction, which has none. */
  readonly pid: number
  /** The name that the client gave itself; empty if it gave none. */
  readonly application: string
}

/** The name of the connection of a migration, for views of the server. */
export const MIGRATION_APPLICATION = 'freshet-migrate'

/** Watches one server process from a second connection. */
export interface BlockerWatch {
  /** Ends the watch. Returns the sessions that blocked the process when it last waited. */
  stop(): Promise<readonly BlockingSession[]>
}

const SESSIONS_MAX = 5
/** The time between two reads, on the server. */
const PAUSE = `SELECT pg_sleep(0.05)`
/** Every login can read both columns. The text of a query is not read. */
const READ_BLOCKERS = `
  SELECT b.pid, coalesce(a.application_name, '') AS application
  FROM (SELECT DISTINCT unnest(pg_blocking_pids($1)) AS pid) AS b
  LEFT JOIN pg_stat_activity a ON a.pid = b.pid
  ORDER BY b.pid LIMIT ${SESSIONS_MAX}`

/**
 * Begins to watch. After a lock timeout the server does not report which session held the lock, so it must be
 * read during the wait. A watch that cannot connect reports no session.
 */
export function watchBlockers({ pool }: Database, pid: number): BlockerWatch {
  const client = openClient(pool)
  // Without a listener the loss of the connection would end the process.
  client.on('error', () => {})
  let last: readonly BlockingSession[] = []
  const over = new AbortController()
  const watch = async (): Promise<void> => {
    await client.connect()
    while (!over.signal.aborted) {
      const { rows } = await client.query<BlockingSession>(READ_BLOCKERS, [pid])
      if (rows.length > 0) last = rows
      await client.query(PAUSE)
    }
  }
  const watching = watch().catch(() => {})
  return {
    async stop() {
      over.abort()
      await watching
      await client.end().catch(() => {})
      return last
    },
  }
}

/** The running migrations of this database, and the sessions for which they wait. */
export interface WaitingMigrations {
  readonly running: number
  /** A sentence about the sessions that hold the lock. `undefined` if no migration waits. */
  readonly holders: string | undefined
}

const READ_MIGRATIONS = {
  name: '',
  text: `
    SELECT m.pid AS migration, b.pid, coalesce(a.application_name, '') AS application
    FROM pg_stat_activity m
    LEFT JOIN LATERAL unnest(pg_blocking_pids(m.pid)) AS b(pid) ON true
    LEFT JOIN pg_stat_activity a ON a.pid = b.pid
    WHERE m.application_name = '${MIGRATION_APPLICATION}' AND m.datname = current_database()
    ORDER BY b.pid LIMIT ${SESSIONS_MAX}`,
}

/** Returns the migrations that run now. Every login can read them. */
export async function waitingMigrations(db: Queryable): Promise<WaitingMigrations> {
  const { rows } = await db.query<{ pid: number | null; application: string }>(READ_MIGRATIONS)
  const holders = rows.flatMap(({ pid, application }) =>
    pid === null ? [] : [{ pid, application }],
  )
  return {
    running: rows.length,
    holders: holders.length === 0 ? undefined : blockersText(holders),
  }
}

/** Returns the sessions as an error names them. */
export function blockersText(sessions: readonly BlockingSession[]): string {
  if (sessions.length === 0) return 'a session that ended meanwhile holds it'
  const names = sessions.map(({ pid, application }) => {
    if (pid === 0) return 'a prepared transaction (pg_prepared_xacts)'
    return application === '' ? `process ${pid}` : `process ${pid} (${application})`
  })
  return names.length === 1 ? `${names.join()} holds it` : `${names.join(', ')} hold it`
}
