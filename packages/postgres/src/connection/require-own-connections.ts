import type pg from 'pg'
import { openClient } from './client.ts'
import { toDatabaseError } from './errors.ts'
import type { Database } from './pool.ts'
import { pooled } from './session.ts'

/** A pooler can give both clients a server connection of their own by chance; each round asks again. */
const ROUNDS = 4
const READ_PID = 'SELECT pg_backend_pid() AS pid'
/** PgBouncer refuses BEGIN with this state where `pool_mode = statement`. */
const PROTOCOL_VIOLATION = '08P01'

/**
 * Passes only if a server connection belongs to one client until that client disconnects. Opens two
 * connections beside the pool: while the second one is in a transaction, the first one must still
 * have the server process that it had before, and the second one another.
 *
 * @throws `database.pooled` if a pooler shares server connections; `database.*` by SQLSTATE
 */
export async function requireOwnConnections({ pool }: Database): Promise<void> {
  const clients = [openClient(pool), openClient(pool)] as const
  // Without a listener the loss of a connection would end the process; its statement fails by itself.
  for (const client of clients) client.on('error', () => {})
  try {
    await Promise.all(clients.map((client) => client.connect()))
    for (let round = 0; round < ROUNDS; round += 1) await requireApart(...clients)
  } catch (error) {
    throw toDatabaseError(error, 'looking for a pooler')
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()))
  }
}

async function requireApart(one: pg.Client, other: pg.Client): Promise<void> {
  const before = await pidOf(one)
  await other.query('BEGIN').catch((error: unknown) => {
    throw Object(error)['code'] === PROTOCOL_VIOLATION ? pooled(error) : error
  })
  const held = await pidOf(other)
  // Of a single server connection there is none left for the first client: it must not be waited for.
  if (held === before) throw pooled()
  const after = await pidOf(one)
  await other.query('ROLLBACK')
  if (after !== before) throw pooled()
}

async function pidOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>(READ_PID)
  return rows[0]?.pid
}
