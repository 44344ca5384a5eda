import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'

/** Any number will do that nothing else in the database locks. */
const LOCK_KEY = '7310585030482047079'
const TRIES_MAX = 300
/**
 * The lock is asked for again and again. A statement that waits for it has a snapshot, and the build of an index waits
 * for each older snapshot: two migrations would wait for one another.
 */
const TAKE = `SELECT pg_try_advisory_lock(${LOCK_KEY}) AS taken`
const RETURN = `SELECT pg_advisory_unlock(${LOCK_KEY})`
const PAUSE = 'SELECT pg_sleep(0.2)'

/**
 * Waits until no other migration of the database runs, for about a minute. The turn ends with `endTurn`, or with the
 * connection.
 *
 * @throws `database.timeout`
 */
export async function awaitTurn(client: pg.PoolClient): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { rows } = await client.query<{ taken: boolean }>(TAKE)
    if (rows[0]?.taken === true) return
    await client.query(PAUSE)
  }
  const message =
    'Another migration of this database runs longer than 60 s. Wait for its end, then run `freshet db migrate` again.'
  throw new FreshetError('database.timeout', message)
}

/** Lets the next migration run. */
export async function endTurn(client: pg.PoolClient): Promise<void> {
  await client.query(RETURN)
}
