import { createDatabase, type Database } from '@freshet/postgres'

/** What a test can choose about a transaction that it leaves open. */
export interface OpenTransaction {
  /** Default: as of the statement. */
  readonly isolation?: 'REPEATABLE READ'
  /** As the server shows it. */
  readonly applicationName?: string
}

/**
 * Begins a transaction and leaves it open, on the one connection of the database that is returned. Its snapshot
 * is taken. `close` ends it.
 */
export async function openTransaction(
  url: string,
  { isolation, applicationName = 'freshet-test' }: OpenTransaction = {},
): Promise<Database> {
  const database = createDatabase({ url, max: 1, applicationName })
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`
  for (const text of ['SET idle_in_transaction_session_timeout = 0', `BEGIN${level}`, 'SELECT'])
    await database.query({ name: '', text })
  return database
}
