import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import { toDatabaseError } from '../connection/errors.ts'
import { MIGRATIONS_DIR, readMigrations, type Migration } from './migration-files.ts'
import { migrationFailure } from './missing-privilege.ts'
import type { Database } from '../connection/pool.ts'
import { queryable } from '../connection/query.ts'
import { requireOwnConnections } from '../connection/require-own-connections.ts'

/** Any number will do that nothing else in the database locks. */
const LOCK_KEY = '7310585030482047079'
/** A second migration waits this long for the first one. */
const LOCK_WAIT_MS = 60_000
/** A single step may build an index over a large table. */
const STEP_TIMEOUT_MS = 600_000

const CREATE_RECORD = `
  CREATE TABLE IF NOT EXISTS freshet_migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`
const READ_RECORD = 'SELECT number, name, sha256 FROM freshet_migration ORDER BY number'
const HAS_RECORD = `SELECT to_regclass('freshet_migration') IS NOT NULL AS present`
const IS_HELD = `SELECT row_security_active('issuance') AS held`
const ADD_RECORD = 'INSERT INTO freshet_migration (number, name, sha256) VALUES ($1, $2, $3)'

type Applied = Omit<Migration, 'sql'>

/** The database schema compared with the steps of this build. */
export interface MigrationStatus {
  /**
   * `older`: steps are missing. `newer`: a later build was here. `changed`: a step that was
   * applied is not the one that this build brings under that number.
   */
  readonly state: 'current' | 'older' | 'newer' | 'changed'
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** The applied steps that this build brings in another form. */
  readonly changed: readonly string[]
}

/**
 * Brings the schema up to this build, one transaction per step, under an advisory lock: services
 * that start together wait for one another. Returns the names of the steps it applied; none when
 * the schema is current.
 *
 * @throws `database.migration` if the schema is newer, or if an applied step was changed since;
 *   `database.privilege` if the login lacks one, with the SQL that grants it
 */
export async function migrate(
  db: Database,
  dir: string = MIGRATIONS_DIR,
): Promise<readonly string[]> {
  const known = await readMigrations(dir)
  const done: string[] = []
  for (;;) {
    const name = await applyNext(db, known)
    if (name === undefined) return done
    done.push(name)
  }
}

/** Compares without changing anything. @throws `database.*` */
export async function migrationStatus(
  db: Database,
  dir: string = MIGRATIONS_DIR,
): Promise<MigrationStatus> {
  const known = await readMigrations(dir)
  const { rows } = await db.query<{ present: boolean }>({ name: 'has-record', text: HAS_RECORD })
  if (rows[0]?.present !== true) return compare(known, [])
  const applied = await db.query<Applied>({ name: 'read-record', text: READ_RECORD })
  return compare(known, applied.rows)
}

/**
 * For a service that starts: passes only if no pooler shares server connections, if the schema is
 * exactly the one of this build, and, for a pool that works as a role, if that role is held to
 * row-level security.
 *
 * @throws `database.migration`, `database.pooled`
 */
export async function requireMigrated(db: Database, dir: string = MIGRATIONS_DIR): Promise<void> {
  await requireOwnConnections(db)
  const status = await migrationStatus(db, dir).catch((error: unknown) => {
    throw isForeign(db, error) ? withoutRole(error) : error
  })
  if (status.state !== 'current') throw mismatch(status)
  if (db.role === undefined) return
  const held = await db.query<{ held: boolean }>({ name: 'is-held', text: IS_HELD })
  if (held.rows[0]?.held === true) return
  const message = `The role ${db.role} passes row-level security. Take SUPERUSER and BYPASSRLS from it.`
  throw new FreshetError('database.migration', message)
}

/** A database that was never migrated knows no role, or lets it see nothing. */
function isForeign(db: Database, error: unknown): boolean {
  return (
    db.role !== undefined && error instanceof FreshetError && error.code === 'database.migration'
  )
}

function withoutRole(cause: unknown): FreshetError {
  const message = 'The database lets nobody work by role. Run `freshet db migrate`.'
  return new FreshetError('database.migration', message, { cause })
}

function mismatch({ state, applied, pending, changed }: MigrationStatus): FreshetError {
  const steps = `${applied.length} steps applied, ${pending.length} pending`
  const advice = state === 'older' ? ' Run `freshet db migrate`.' : ''
  return new FreshetError(
    'database.migration',
    state === 'changed'
      ? `This build has another form of ${changed.join(', ')} than the database (${steps}). Use the build that migrated the database, or restore these files.`
      : `The database schema is ${state} than this build (${steps}).${advice}`,
  )
}

function compare(known: readonly Migration[], applied: readonly Applied[]): MigrationStatus {
  const changed = applied.filter((step, index) => {
    const ours = known[index]
    return ours !== undefined && (ours.number !== step.number || ours.sha256 !== step.sha256)
  })
  const pending = known.slice(applied.length).map(nameOf)
  return {
    state: stateOf(known.length - applied.length, changed.length),
    applied: applied.map(nameOf),
    pending,
    changed: changed.map(nameOf),
  }
}

function stateOf(missing: number, changed: number): MigrationStatus['state'] {
  if (changed > 0) return 'changed'
  if (missing < 0) return 'newer'
  return missing > 0 ? 'older' : 'current'
}

function nameOf(step: Applied): string {
  return `${String(step.number).padStart(4, '0')}_${step.name}`
}

/** Applies the first pending step; `undefined` when there is none. */
async function applyNext(db: Database, known: readonly Migration[]): Promise<string | undefined> {
  const client = await db.pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error, 'connecting to migrate')
  })
  let succeeded = false
  const at: Step = { name: 'of the record of migrations' }
  try {
    const name = await inLockedTransaction(client, known, at)
    succeeded = true
    return name
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw await migrationFailure(queryable(client), error, at.name)
  } finally {
    // Dropping the connection also rolls back whatever a failed step had begun.
    client.release(!succeeded)
  }
}

/** The object that the transaction works on; the error of a failure names it. */
interface Step {
  name: string
}

async function inLockedTransaction(
  client: pg.PoolClient,
  known: readonly Migration[],
  at: Step,
): Promise<string | undefined> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
  await client.query(`SET LOCAL statement_timeout = ${STEP_TIMEOUT_MS}`)
  await patiently(client, `SELECT pg_advisory_xact_lock(${LOCK_KEY})`)
  await client.query(CREATE_RECORD)
  const { rows } = await client.query<Applied>(READ_RECORD)
  const status = compare(known, rows)
  if (status.state === 'newer' || status.state === 'changed') throw mismatch(status)
  const next = known[rows.length]
  if (next !== undefined) {
    at.name = nameOf(next)
    await patiently(client, next.sql)
    await client.query(ADD_RECORD, [next.number, next.name, next.sha256])
  }
  await client.query('COMMIT')
  return next === undefined ? undefined : nameOf(next)
}

/** The pool's own limit on answers is far below what a step may take. */
async function patiently(client: pg.PoolClient, text: string): Promise<void> {
  const config = { text, query_timeout: STEP_TIMEOUT_MS }
  await client.query(config)
}
