import { createDatabase, type Database } from '@freshet/postgres'

/** Mints share the flights of two connections, validations those of one; others introspect, revoke. */
const POOL_SIZE = 8

/** The authority's two ways to the database. */
export interface Databases extends AsyncDisposable {
  /** For one tenant at a time: all that is minted, judged and revoked. */
  readonly database: Database
  /** Makes and drops the ledger's partitions, and can read no row. */
  readonly ledger: Database
}

/** Opens no connection yet. */
export function openDatabases(url: string, applicationName: string): Databases {
  const pool = { url, applicationName }
  const most = { max: POOL_SIZE, planOnce: true, role: 'freshet_tenant' } as const
  const database = createDatabase({ ...pool, ...most })
  const ledger = createDatabase({ ...pool, max: 1, role: 'freshet_ledger' })
  const close = async (): Promise<void> => {
    await Promise.all([database.close(), ledger.close()])
  }
  return { database, ledger, [Symbol.asyncDispose]: close }
}
