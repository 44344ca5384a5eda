import { createDatabase, type Database } from '@freshet/postgres'

/** The options for a transaction that a test leaves open. */
export interface OpenTransaction {
  /** Default: that of the statement. */
  readonly isolation?: 'REPEATABLE READ'
  /** The name that the server shows. */
  readonly applicationName?: string
}

/**
 * Begins a transaction and leaves it open, on the one connection of the returned database. Its snapshot is
 * taken. `close` ends it.
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
