import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import { endsConnection, toDatabaseError } from './errors.ts'

/** Takes a connection of the pool for oneself; it must be given back. @throws `database.*` */
export async function takeConnection(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw toDatabaseError(error, 'connecting')
  }
}

/** Gives it back; one in doubt leaves the pool. */
export function giveBack(client: pg.PoolClient, doubt: Error | undefined): void {
  client.release(doubt)
}

/** Returns the error if it puts the connection in doubt: only an error of the database can, not one of its caller. */
export function doubtOf(error: unknown): Error | undefined {
  const isFromDatabase = error instanceof FreshetError && error.code.startsWith('database.')
  return isFromDatabase && endsConnection(error) ? error : undefined
}
