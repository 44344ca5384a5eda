import { randomBytes } from 'node:crypto'
import { createDatabase, type Database } from '@freshet/postgres'
import { inject } from 'vitest'
import { MIGRATED } from './postgres.ts'

/** A database for one test file alone. */
export interface FreshDatabase {
  /** The pool of the login, which owns the schema: rows of all tenants are open to it. */
  readonly db: Database
  /** The pool as services use it: for one tenant, across tenants, and on the ledger's partitions. */
  readonly tenants: Database
  readonly system: Database
  readonly ledger: Database
  readonly url: string
  /** Closes the pool and drops the database, with all remaining connections. */
  drop(): Promise<void>
}

/** The options of a suite for its database. */
export interface FreshOptions {
  /** Default `true`. */
  readonly migrated?: boolean
  readonly max?: number
  /** True for the pool of a service that works by key. Default `false`. */
  readonly planOnce?: boolean
}

/** Creates a database for one test file: call it in `beforeAll`, and `drop` in `afterAll`. */
export async function freshDatabase(options: FreshOptions = {}): Promise<FreshDatabase> {
  const { max = 8, planOnce = false, migrated = true } = options
  const serverUrl = inject('postgresUrl')
  const name = `freshet_test_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${migrated ? MIGRATED : 'template0'}`)
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
  const pool = { url, max, planOnce, applicationName: 'freshet-test' }
  const db = createDatabase(pool)
  const tenants = createDatabase({ ...pool, role: 'freshet_tenant' })
  const system = createDatabase({ ...pool, role: 'freshet_system' })
  const ledger = createDatabase({ ...pool, role: 'freshet_ledger' })
  const drop = async (): Promise<void> => {
    await Promise.all([db, tenants, system, ledger].map((one) => one.close()))
    await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
  return { db, tenants, system, ledger, url, drop }
}

/** A statement about a database waits for the disk, so it has the product's time several times. */
const ATTEMPTS_MAX = 5

async function onServer(url: string, text: string): Promise<void> {
  const server = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
  const send = async (attempt: number): Promise<void> => {
    try {
      await server.query({ name: 'test-database', text })
    } catch (error) {
      const { code } = Object(error) as { readonly code?: unknown }
      if (code !== 'database.statement-timeout' || attempt === ATTEMPTS_MAX) throw error
      await send(attempt + 1)
    }
  }
  try {
    await send(1)
  } finally {
    await server.close()
  }
}
