import {
  createDatabase,
  migrationStatus,
  planLogins,
  requireOwnConnections,
  rowSecurity,
  serverKind,
  type Database,
  type DatabaseRole,
  type MigrationStatus,
  type RowSecurity,
  MIGRATION_APPLICATION,
  waitingMigrations,
} from '@freshet/postgres'
import { databasePlaintext } from '@freshet/runtime'
import { CONNECT_WITHIN_MS, type DoctorCheck, type CheckFinding } from '../check.ts'
import { skewFinding } from './clock-skew.ts'
import { oldestSnapshot, snapshotFinding } from './oldest-snapshot.ts'
import type { DoctorTarget } from '../target.ts'
import { numberOf } from '../../output/number-of.ts'
import { setTimeout as wait } from 'node:timers/promises'

/** A migration waits for a lock for 1 s, and then pauses for 2 s. */
const WATCHED_MS = 4_000
const READ_EVERY_MS = 200

/** Reports the sessions that hold a lock for which a migration waits. It watches only while a migration runs. */
async function waitingMigration(database: Database): Promise<CheckFinding> {
  for (let passedMs = 0; passedMs < WATCHED_MS; passedMs += READ_EVERY_MS) {
    const { running, holders } = await waitingMigrations(database)
    if (running === 0) return { outcome: 'ok', detail: 'none runs, or it has ended' }
    if (holders !== undefined)
      return {
        outcome: 'failed',
        detail: `a migration waits for a lock, and ${holders}`,
        means: 'the schema stays as it is, and the migration ends with an error after ten attempts',
        fix: 'let that session end its transaction, or end it by SELECT pg_terminate_backend(PROCESS)',
      }
    await wait(READ_EVERY_MS)
  }
  return {
    outcome: 'ok',
    detail: `a migration runs (${MIGRATION_APPLICATION}), and waits for no lock`,
  }
}

const group = 'Postgres'
const REACHABLE = 'the database answers'
const ROLES = 'the login can take its roles'
/** The connections that the services of one machine can open together, and some for an operator. */
const FREE_MIN = 10

/** The checks that ask a database that answers: name, title and work. */
const ON_DATABASE: readonly (readonly [
  name: string,
  title: string,
  work: (database: Database) => Promise<CheckFinding>,
])[] = [
  ['no pooler shares its connections', 'connection pooler', unshared],
  ['it takes writes', 'writes', writable],
  ['its schema is this build’s', 'schema', migrated],
  ['no migration waits', 'waiting migrations', waitingMigration],
  ['tenants are closed to one another', 'separation of tenants', closed],
  ['it has connections to spare', 'connections', connections],
  ['no old snapshot holds it back', 'old snapshots', snapshots],
  ['the database’s clock', 'clock of the database', databaseClock],
]

/** The database: there, writable, of this build's schema, with connections to spare, on time. */
export function postgresChecks({ databaseUrl, service }: DoctorTarget): readonly DoctorCheck[] {
  if (service === 'sidecar') return []
  const withinMs = CONNECT_WITHIN_MS
  const roles = planLogins().find(({ process }) => process === service)?.roles ?? []
  const needs = [REACHABLE, ...(service === undefined ? [] : [ROLES])]
  const as =
    (role: DatabaseRole | undefined) => (work: (database: Database) => Promise<CheckFinding>) =>
      databaseUrl === undefined ? notGiven : withDatabase({ url: databaseUrl(), role }, work)
  const on = (work: (database: Database) => Promise<CheckFinding>) => () => as(roles[0])(work)
  const asEach = async (): Promise<CheckFinding> => {
    for (const role of roles) await as(role)(reachable)
    return { outcome: 'ok', detail: roles.join(', ') }
  }
  return [
    {
      group,
      name: 'traffic to Postgres is encrypted',
      title: 'traffic to Postgres',
      withinMs,
      run: () => (databaseUrl === undefined ? notGiven : databaseTransportFinding(databaseUrl())),
    },
    {
      group,
      name: REACHABLE,
      title: 'database',
      withinMs,
      run: () => as(undefined)(reachable),
    },
    ...(service === undefined
      ? []
      : [
          {
            group,
            name: ROLES,
            title: 'roles of the login',
            needs: [REACHABLE],
            withinMs,
            run: asEach,
          },
        ]),
    ...ON_DATABASE.map(([name, title, work]) => ({
      group,
      name,
      title,
      needs,
      withinMs,
      run: on(work),
    })),
  ]
}

const notGiven: CheckFinding = {
  outcome: 'skipped',
  detail: 'no database is known here',
  fix: 'set DATABASE_URL, or run `freshet dev`',
}

/** Reports whether connections to the database are encrypted. */
export function databaseTransportFinding(url: string): CheckFinding {
  const why = databasePlaintext(url)
  if (why === undefined) return { outcome: 'ok', detail: 'TLS, or this machine alone' }
  return {
    outcome: 'warning',
    detail: `possibly in clear: ${why}`,
    means: 'the network can read the database password and every row',
    fix: 'add sslmode=verify-full to DATABASE_URL, and unset DATABASE_ALLOW_PLAINTEXT',
  }
}

async function withDatabase(
  as: { readonly url: string; readonly role: DatabaseRole | undefined },
  work: (database: Database) => Promise<CheckFinding>,
): Promise<CheckFinding> {
  const { url, role } = as
  const login = { url, applicationName: 'freshet-doctor', max: 1 }
  await using database = createDatabase(role === undefined ? login : { ...login, role })
  return await work(database)
}

async function reachable(database: Database): Promise<CheckFinding> {
  return { outcome: 'ok', detail: await serverKind(database) }
}

/** The error of a pooler contains its meaning and its correction. */
async function unshared(database: Database): Promise<CheckFinding> {
  await requireOwnConnections(database)
  return { outcome: 'ok', detail: 'each connection keeps its server connection' }
}

const READ_ONLY = {
  name: 'doctor-read-only',
  text: `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS mode`,
}

async function writable(database: Database): Promise<CheckFinding> {
  const { rows } = await database.query<{ standby: boolean; mode: string }>(READ_ONLY)
  const [{ standby, mode } = { standby: false, mode: 'off' }] = rows
  if (mode === 'off') return { outcome: 'ok', detail: 'a primary' }
  return {
    outcome: 'failed',
    detail: standby ? 'it is a standby: read-only' : 'transactions are read-only by default',
    means: 'nothing is recorded or minted; edges withdraw trust within the lease',
    fix: standby
      ? 'point DATABASE_URL at the primary'
      : 'ALTER DATABASE … SET default_transaction_read_only = off, then restart the services',
  }
}

async function migrated(database: Database): Promise<CheckFinding> {
  return schemaFinding(await migrationStatus(database))
}

/** The meaning of the schema's state. */
export function schemaFinding({ state, applied, pending, changed }: MigrationStatus): CheckFinding {
  if (state === 'current') return { outcome: 'ok', detail: `${applied.length} steps applied` }
  if (state === 'expanded') {
    return { outcome: 'ok', detail: `newer than this build, by steps that this build can ignore` }
  }
  const means = 'services refuse to start on it'
  if (state === 'older') {
    const detail = `older: ${numberOf(pending.length, 'step is', 'steps are')} missing, from ${pending[0] ?? ''} on`
    return { outcome: 'failed', detail, means, fix: 'freshet db migrate' }
  }
  return {
    outcome: 'failed',
    detail:
      state === 'newer'
        ? 'newer than this build'
        : `this build has another form of ${changed.join(', ')}`,
    means,
    fix: state === 'newer' ? 'use the build that migrated it' : 'restore the migration files',
  }
}

async function closed(database: Database): Promise<CheckFinding> {
  const { state } = await migrationStatus(database)
  if (state === 'older') return { outcome: 'skipped', detail: 'the schema is older' }
  return closedFinding(await rowSecurity(database))
}

/** The meaning of row-level security's state. */
export function closedFinding({ open, unfit, loginPasses }: RowSecurity): CheckFinding {
  if (unfit.length > 0) {
    return {
      outcome: 'failed',
      detail: `${unfit.join(', ')}: missing, or held to no row-level security`,
      means: 'services refuse to start, or see rows of every tenant',
      fix: 'freshet db migrate, and ALTER ROLE … NOSUPERUSER NOBYPASSRLS',
    }
  }
  if (open.length > 0) {
    return {
      outcome: 'failed',
      detail: `row-level security is off, or not forced, on ${open.join(', ')}`,
      means: 'a statement that forgets the tenant reads and changes rows of all',
      fix: 'ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    }
  }
  const login = loginPasses ? '; this login could pass it, services step down from it' : ''
  return { outcome: 'ok', detail: `by row-level security, forced${login}` }
}

/** A login without `pg_read_all_stats` reads no type of the connections of others, and their login. */
const CONNECTIONS = {
  name: 'doctor-connections',
  text: `
    SELECT count(*)::int AS used,
      current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS most
    FROM pg_stat_activity
    WHERE coalesce(backend_type = 'client backend', usesysid IS NOT NULL)`,
}

async function connections(database: Database): Promise<CheckFinding> {
  const { rows } = await database.query<{ used: number; most: number }>(CONNECTIONS)
  const [{ used, most } = { used: 0, most: 0 }] = rows
  const detail = `${used} of ${most} are used`
  if (most - used >= FREE_MIN) return { outcome: 'ok', detail }
  return {
    outcome: 'warning',
    detail,
    means: 'a service that starts, or one under load, is refused a connection',
    fix: 'raise max_connections, or see in pg_stat_activity who holds them',
  }
}

async function snapshots(database: Database): Promise<CheckFinding> {
  return snapshotFinding(await oldestSnapshot(database))
}

async function databaseClock(database: Database): Promise<CheckFinding> {
  const beforeMs = Date.now()
  const text = 'SELECT extract(epoch from clock_timestamp())::float8 * 1000 AS ms'
  const { rows } = await database.query<{ ms: number }>({ name: 'doctor-clock', text })
  const middleMs = (beforeMs + Date.now()) / 2
  return skewFinding('the database', middleMs - (rows[0]?.ms ?? 0))
}
