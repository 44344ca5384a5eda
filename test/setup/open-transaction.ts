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
 * taken. `close` rolls it back, so that its locks are free afterwards: the end of a pool alone waits for no
 * server.
 */
export async function openTransaction(
  url: string,
  { isolation, applicationName = 'freshet-test' }: OpenTransaction = {},
): Promise<Database> {
  const database = createDatabase({ url, max: 1, applicationName })
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`
  for (const text of ['SET idle_in_transaction_session_timeout = 0', `BEGIN${level}`, 'SELECT'])
    await database.query({ name: '', text })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= rollBack(database))
  return { ...database, close, [Symbol.asyncDispose]: close }
}

async function rollBack(database: Database): Promise<void> {
  // A session that the server has ended holds nothing.
  await database.query({ name: '', text: 'ROLLBACK' }).catch(() => {})
  await database.close()
}
