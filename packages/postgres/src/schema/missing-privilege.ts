import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import { toDatabaseError } from '../connection/errors.ts'
import type { Queryable } from '../connection/query.ts'
import type { DatabaseRole } from '../connection/role.ts'

const INSUFFICIENT_PRIVILEGE = '42501'
const ROLES: readonly DatabaseRole[] = ['freshet_tenant', 'freshet_system', 'freshet_ledger']

const SELECT_HELD = {
  name: 'held-privileges',
  text: `
    SELECT session_user::text AS login, current_schema() AS place,
      (SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles WHERE rolname = ANY ($1::text[])) AS made`,
}

interface Held {
  readonly login: string
  readonly place: string | null
  readonly made: readonly string[]
}

/**
 * The error of a step that failed. If the login lacks a privilege, the message has the SQL that grants it: a
 * database administrator runs that once, and the login migrates then without CREATEROLE.
 */
export async function migrationFailure(
  db: Queryable,
  error: unknown,
  step: string,
): Promise<FreshetError> {
  const known = toDatabaseError(error, `applying migration ${step}`)
  if (Object(error)['code'] !== INSUFFICIENT_PRIVILEGE) return known
  const { rows } = await db.query<Held & Record<string, unknown>>(SELECT_HELD, [ROLES])
  const { login = 'LOGIN', place = null, made = [] } = rows[0] ?? {}
  const lines = [
    `Login ${login} lacks a privilege that migration ${step} needs (SQLSTATE ${INSUFFICIENT_PRIVILEGE}).`,
    'Let a database administrator run this in the same database, then migrate again:',
    ...grantingSql({ login, place, made }),
  ]
  return new FreshetError('database.privilege', lines.join('\n'), { cause: known.cause })
}

function grantingSql({ login, place, made }: Held): readonly string[] {
  const schema = pg.escapeIdentifier(place ?? 'public')
  const to = pg.escapeIdentifier(login)
  return [
    ...ROLES.filter((role) => !made.includes(role)).map((role) => `CREATE ROLE ${role} NOLOGIN;`),
    `GRANT ${ROLES.join(', ')} TO ${to};`,
    `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${to}, freshet_ledger;`,
  ]
}
