import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import { toDatabaseError } from './errors.ts'
import type { DatabaseRole } from './role.ts'

/** An answer that takes longer ends the connection before anyone gets it. */
const ANSWER_WITHIN_MS = 5_000

/** Names and values of what a connection keeps until its end. */
export type Settings = readonly (readonly [name: string, value: string])[]

/**
 * Sets all in one transaction. SQL does it, because a pooler drops the start-up parameter `options`
 * without an error. NULL sets the login's default again: a pooler can hand on a role that another
 * client left behind.
 */
const SET_ALL = `
  SELECT pg_backend_pid() AS pid, array_agg(set_config(name, value, false) ORDER BY n) AS values
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS setting (name, value, n)`
const READ_ALL = `
  SELECT pg_backend_pid() AS pid, current_user::text AS role,
    array_agg(current_setting(name) ORDER BY n) AS values
  FROM unnest($1::text[]) WITH ORDINALITY AS setting (name, n)`

interface SessionRow {
  readonly pid: number
  readonly role?: string
  readonly values: readonly string[]
}

/**
 * Prepares a new connection: sets its limits and its role, and reads them again in a second
 * transaction. The pool hands the connection out only after that.
 *
 * @throws `database.pooled` if the second transaction does not see what the first one set;
 *   `database.*` by SQLSTATE
 */
export async function beginSession(
  client: pg.ClientBase,
  settings: Settings,
  role: DatabaseRole | undefined,
): Promise<void> {
  const names = [...settings.map(([name]) => name), 'role']
  const values = [...settings.map(([, value]) => value), role ?? null]
  const set = await ask(client, SET_ALL, [names, values]).catch(async (error: unknown) => {
    throw role === undefined || !isDenied(error) ? error : await notMember(client, role, error)
  })
  const read = await ask(client, READ_ALL, [names])
  const isKept =
    set.pid === read.pid &&
    (role === undefined || read.role === role) &&
    set.values.every((value, n) => value === read.values[n])
  if (!isKept) throw pooled()
}

async function ask(
  client: pg.ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<SessionRow> {
  try {
    const query = { text, values: [...values], query_timeout: ANSWER_WITHIN_MS }
    const { rows } = await client.query<SessionRow & pg.QueryResultRow>(query)
    return rows[0] ?? { pid: 0, values: [] }
  } catch (error) {
    throw toDatabaseError(error, 'beginning a session')
  }
}

const INSUFFICIENT_PRIVILEGE = '42501'

function isDenied(error: unknown): boolean {
  const { cause } = Object(error) as { readonly cause?: unknown }
  return Object(cause)['state'] === INSUFFICIENT_PRIVILEGE
}

/** The statement changed nothing, so the connection can still ask for its login. */
async function notMember(
  client: pg.ClientBase,
  role: DatabaseRole,
  cause: unknown,
): Promise<FreshetError> {
  const { rows } = await client.query<{ login: string }>('SELECT session_user::text AS login')
  const login = rows[0]?.login ?? 'LOGIN'
  const message =
    `Login ${login} is not a member of role ${role}, which this process needs. Let a database administrator ` +
    `run the output of \`freshet db roles -o sql\`, or: GRANT ${role} TO ${pg.escapeIdentifier(login)};`
  return new FreshetError('database.privilege', message, { cause })
}

/** The error of a connection that does not belong to one client for all of its life. */
export function pooled(cause?: unknown): FreshetError {
  const message =
    'A pooler between this process and Postgres changes the server connection between transactions ' +
    '(PgBouncer: pool_mode = transaction or statement). Set pool_mode = session for this database, ' +
    'or point DATABASE_URL at Postgres itself.'
  return new FreshetError('database.pooled', message, cause === undefined ? {} : { cause })
}
