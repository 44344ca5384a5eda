import { FreshetError } from '@freshet/protocol'
import type { Queryable } from './query.ts'

/** A server has the identity of its primary, and a primary has no delay. */
const READ_SERVER = {
  name: '',
  text: `
    SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/' || current_database() AS id,
      CASE WHEN pg_is_in_recovery()
        THEN (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::float8
        ELSE 0 END AS age`,
}

interface Server extends Record<string, unknown> {
  readonly id: string
  readonly age: number | null
}

/**
 * Returns a function that reads the age of the last commit that a replica has, in milliseconds. The services commit each
 * second, so on a replica that follows its primary the age is near a second. It rises while the replica receives
 * nothing. It is `undefined` if the replica has replayed no commit since its start.
 *
 * The function throws `database.unavailable` if the server is no physical copy of the primary, and `database.*`.
 */
export function replicaAge(
  primary: Queryable,
  replica: Queryable,
): () => Promise<number | undefined> {
  return async () => {
    const [own, copy] = await Promise.all([serverOf(primary), serverOf(replica)])
    if (own?.id === copy?.id) return copy?.age ?? undefined
    const message =
      'The database of DATABASE_READ_URL is no streaming replica of the one of DATABASE_URL. Correct the URL.'
    throw new FreshetError('database.unavailable', message)
  }
}

async function serverOf(db: Queryable): Promise<Server | undefined> {
  return (await db.query<Server>(READ_SERVER)).rows[0]
}
