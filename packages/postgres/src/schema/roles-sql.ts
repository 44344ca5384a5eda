import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import { POSTGRES_MIN } from '../connection/refusals/server-version.ts'
import { ALL_ROLES, type DatabaseRole } from '../connection/role.ts'

/** The schema of a new database, in which the migrations create the tables. */
const SCHEMA = 'public'

const HEADER = `-- The roles and logins of Freshet, for Postgres ${POSTGRES_MIN} and later. Run this in the database of Freshet, before
-- its first migration.
-- You need CREATEROLE and must own the database. Freshet itself needs neither SUPERUSER nor CREATEROLE.
-- You can run it again: it adds what is missing, and drops nothing.`

/** The first statement. An older server would end with a syntax error at the first `GRANT`. */
const VERSION = `DO $freshet$
BEGIN
  IF current_setting('server_version_num')::int < ${POSTGRES_MIN}0000 THEN
    RAISE EXCEPTION 'This server is Postgres %, and Freshet needs Postgres ${POSTGRES_MIN} or later',
      current_setting('server_version')
      USING HINT = 'Upgrade the server, or run this on a newer one. Nothing was created.';
  END IF;
END
$freshet$;`

/**
 * Returns the SQL that creates the roles and these logins, with the memberships of each. It holds no password.
 * An administrator can run it again. It ends with an error on an older Postgres, and if one of them could bypass
 * row-level security.
 */
export function rolesSql(logins: readonly DatabaseLogin[]): string {
  const services = logins.filter(({ ownsTables }) => !ownsTables)
  const owners = logins.filter(({ ownsTables }) => ownsTables)
  return [
    HEADER,
    // After an error, clients for people send the rest of a file. Without a transaction, it would count.
    'BEGIN;',
    VERSION,
    creation(logins),
    [
      '-- A service sets a role on each connection. Without a role, its login has no right to any table.',
      ...services.map((each) => membership(each, 'FALSE')),
    ].join('\n'),
    [
      '-- The login that migrates owns the tables. It has the rights of the roles at all times.',
      ...owners.map((each) => membership(each, 'TRUE')),
      `GRANT USAGE ON SCHEMA ${SCHEMA} TO ${ALL_ROLES.join(', ')};`,
      `GRANT USAGE, CREATE ON SCHEMA ${SCHEMA} TO ${quotedNames(owners)}, freshet_ledger;`,
    ].join('\n'),
    'COMMIT;',
    passwords(logins),
  ].join('\n\n')
}

function creation(logins: readonly DatabaseLogin[]): string {
  const roles = literals(ALL_ROLES)
  const names = literals(logins.map(({ login }) => login))
  return `DO $freshet$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[${roles}] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
  FOREACH name IN ARRAY ARRAY[${names}] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
  END LOOP;
  SELECT string_agg(rolname, ', ' ORDER BY rolname) INTO name FROM pg_roles
    WHERE rolname = ANY (ARRAY[${roles}, ${names}]) AND (rolsuper OR rolbypassrls);
  IF name IS NOT NULL THEN
    RAISE EXCEPTION '% can bypass row-level security', name
      USING HINT = 'Take SUPERUSER and BYPASSRLS from it, or use another login.';
  END IF;
END
$freshet$;`
}

/** `SET TRUE` lets the login take the role. `INHERIT FALSE` gives it no right before it does. */
function membership({ login, roles }: DatabaseLogin, inherit: 'TRUE' | 'FALSE'): string {
  const name = pg.escapeIdentifier(login)
  return `GRANT ${roles.join(', ')} TO ${name} WITH INHERIT ${inherit}, SET TRUE;`
}

function passwords(logins: readonly DatabaseLogin[]): string {
  const lines = logins.map(({ login }) => `--   \\password ${pg.escapeIdentifier(login)}`)
  const why =
    '-- Set a password for each new login in psql, which sends only its hash. A login that uses a\n' +
    '-- certificate or IAM needs none.'
  return [why, ...lines].join('\n')
}

function literals(names: readonly string[]): string {
  return names.map((name) => pg.escapeLiteral(name)).join(', ')
}

function quotedNames(logins: readonly DatabaseLogin[]): string {
  return logins.map(({ login }) => pg.escapeIdentifier(login)).join(', ')
}

/** The processes that each have a login of their own: the migration, and each service with a database. */
export const PROCESSES_WITH_LOGIN = [
  'migrate',
  'gateway',
  'reconciler',
  'authority',
  'console',
] as const

/** A process that has a login of its own. */
export type DatabaseUser = (typeof PROCESSES_WITH_LOGIN)[number]

/** The login of one process, with the roles of which it is a member. */
export interface DatabaseLogin {
  readonly process: DatabaseUser
  /** The name of the login in Postgres. */
  readonly login: string
  readonly roles: readonly DatabaseRole[]
  /** True for the login that migrates: it owns the tables and has CREATE in the schema. */
  readonly ownsTables: boolean
}

/** The roles that each process sets on its connections. The migration uses the rights of all. */
const NEEDS: Readonly<Record<DatabaseUser, readonly DatabaseRole[]>> = {
  migrate: ALL_ROLES,
  gateway: ['freshet_tenant', 'freshet_system'],
  reconciler: ['freshet_system'],
  authority: ['freshet_tenant', 'freshet_ledger'],
  console: ['freshet_system'],
}

/** A name that SQL can quote in every place, and that Postgres does not shorten. */
const NAME = /^(?!pg_)[A-Za-z_][\w.@-]{0,62}$/
/** Postgres does not create these roles. */
const RESERVED: readonly string[] = ['public', 'none']

/**
 * Returns the login of every process. `names` maps a process to the name of its login; a process without an
 * entry has `freshet_PROCESS`.
 *
 * @throws `config.invalid` if a name cannot be that of a login, or two processes share one
 */
export function planLogins(
  names: ReadonlyMap<DatabaseUser, string> = new Map(),
): readonly DatabaseLogin[] {
  const logins = PROCESSES_WITH_LOGIN.map((process): DatabaseLogin => {
    const login = names.get(process) ?? `freshet_${process}`
    return { process, login, roles: NEEDS[process], ownsTables: process === 'migrate' }
  })
  for (const { login } of logins) requireName(login)
  const shared = logins.find(({ login }, at) => logins.findIndex((one) => one.login === login) < at)
  if (shared === undefined) return logins
  throw new FreshetError(
    'config.invalid',
    `Login ${shared.login} is named for two processes. Give each process a login of its own.`,
  )
}

function requireName(login: string): void {
  const isRole = ALL_ROLES.some((role) => role === login)
  if (NAME.test(login) && !RESERVED.includes(login) && !isRole) return
  throw new FreshetError(
    'config.invalid',
    `${login} cannot be the name of a login. Use 1 to 63 letters, digits, _, ., @ and -, beginning with a letter or _.`,
  )
}
