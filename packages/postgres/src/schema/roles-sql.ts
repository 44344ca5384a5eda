import pg from 'pg'
import { ALL_ROLES } from '../connection/role.ts'
import { POSTGRES_MIN } from '../connection/refusals/server-version.ts'
import type { DatabaseLogin } from './login-plan.ts'

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
