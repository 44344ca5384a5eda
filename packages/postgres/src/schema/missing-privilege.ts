import { FreshetError } from '@freshet/protocol'
import pg from 'pg'
import { toDatabaseError } from '../connection/errors.ts'
import type { Queryable } from '../connection/query.ts'
import { ALL_ROLES } from '../connection/role.ts'

const INSUFFICIENT_PRIVILEGE = '42501'

/** `made`, `used` and `granted`: the roles that exist, those of which the login has the rights, and can grant. */
const SELECT_HELD = {
  name: 'held-privileges',
  text: `
    SELECT r.rolname::text AS login, s.place,
      r.rolsuper OR r.rolcreaterole AS creates_roles,
      coalesce(has_schema_privilege(r.oid, s.place, 'CREATE'), false) AS creates,
      coalesce(has_schema_privilege(r.oid, s.place, 'CREATE WITH GRANT OPTION'), false)
        OR coalesce((SELECT bool_or(has_schema_privilege(oid, s.place, 'CREATE'))
          FROM pg_roles WHERE rolname = 'freshet_ledger'), false) AS ledger_creates,
      (SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles
        WHERE rolname = ANY ($1::text[])) AS made,
      (SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles
        WHERE rolname = ANY ($1::text[]) AND (pg_has_role(r.oid, oid, 'USAGE')
          OR pg_has_role(r.oid, oid, 'MEMBER WITH ADMIN OPTION'))) AS used,
      (SELECT pg_get_userbyid(relowner)::text FROM pg_class
        WHERE oid = to_regclass('freshet_migration')
          AND NOT pg_has_role(r.oid, relowner, 'USAGE')) AS owner
    FROM pg_roles r, (SELECT current_schema()::text AS place) AS s
    WHERE r.rolname = session_user`,
}

/** Reads the rights of the login. */
async function readHeld(db: Queryable): Promise<Held> {
  const { rows } = await db.query<HeldRow & Record<string, unknown>>(SELECT_HELD, [ALL_ROLES])
  const [row] = rows
  return {
    login: row?.login ?? 'LOGIN',
    place: row?.place ?? undefined,
    createsRoles: row?.creates_roles === true,
    creates: row?.creates === true,
    ledgerCreates: row?.ledger_creates === true,
    made: row?.made ?? [],
    used: row?.used ?? [],
    owner: row?.owner ?? undefined,
  }
}

interface HeldRow {
  readonly login: string
  readonly place: string | null
  readonly creates_roles: boolean
  readonly creates: boolean
  readonly ledger_creates: boolean
  readonly made: readonly string[]
  readonly used: readonly string[]
  readonly owner: string | null
}

/**
 * Passes only if the login has every right that the migrations need. It is called before the first step, so
 * that a login without them changes nothing.
 *
 * @throws `database.privilege`
 */
export async function requirePrivileges(db: Queryable): Promise<void> {
  const held = await readHeld(db)
  if (missingPrivileges(held).length > 0) throw privilegeError(held, 'the migrations need')
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
  const needs = `migration ${step} needs (SQLSTATE ${INSUFFICIENT_PRIVILEGE})`
  return privilegeError(await readHeld(db), needs, known.cause)
}

function privilegeError(held: Held, needs: string, cause?: unknown): FreshetError {
  const { login, owner } = held
  const missing = missingPrivileges(held).join(', ')
  const lines = [
    `Login ${login} lacks a privilege that ${needs}${missing === '' ? '' : `: ${missing}`}.`,
    ...(owner === undefined ? remedy(held) : [`Migrate with login ${owner}.`]),
  ]
  return new FreshetError('database.privilege', lines.join('\n'), { cause })
}

function remedy(held: Held): readonly string[] {
  return [
    'Let a database administrator run this in the same database, then migrate again:',
    ...grantingSql(held),
    `\`freshet db roles -o sql --login migrate=${held.login}\` prints this and a login for each service.`,
  ]
}

function grantingSql({ login, place, made }: Held): readonly string[] {
  const schema = pg.escapeIdentifier(place ?? 'public')
  const to = pg.escapeIdentifier(login)
  return [
    ...ALL_ROLES.filter((role) => !made.includes(role)).map(
      (role) => `CREATE ROLE ${role} NOLOGIN;`,
    ),
    `GRANT ${ALL_ROLES.join(', ')} TO ${to};`,
    `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${to}, freshet_ledger;`,
  ]
}

/** The rights of the login that migrates. */
export interface Held {
  readonly login: string
  /** The schema in which the login creates tables; absent if no schema of its search path exists. */
  readonly place: string | undefined
  /** True with SUPERUSER or CREATEROLE. */
  readonly createsRoles: boolean
  /** True with CREATE in that schema. */
  readonly creates: boolean
  /** True if `freshet_ledger` has CREATE in that schema, or the login can grant it. */
  readonly ledgerCreates: boolean
  /** The roles of Freshet that exist. */
  readonly made: readonly string[]
  /** Those of which the login has the rights, or can give itself the rights. */
  readonly used: readonly string[]
  /** The owner of the tables, if that is another login. */
  readonly owner: string | undefined
}

/** Returns the missing rights, as an administrator names them; none if the login can migrate. */
export function missingPrivileges(held: Held): readonly string[] {
  const { createsRoles, creates, ledgerCreates, made, used, owner } = held
  const schema = held.place === undefined ? 'a schema' : `schema ${held.place}`
  const unmade = ALL_ROLES.filter((role) => !made.includes(role))
  const others = made.filter((role) => !used.includes(role)).toSorted()
  return [
    ...(unmade.length > 0 && !createsRoles ? [`CREATEROLE, to create ${unmade.join(', ')}`] : []),
    ...(others.length > 0 ? [`membership of ${others.join(', ')}`] : []),
    ...(creates ? [] : [`CREATE on ${schema}`]),
    ...(ledgerCreates ? [] : [`CREATE on ${schema} for freshet_ledger`]),
    ...(owner === undefined ? [] : [`the tables, which login ${owner} owns`]),
  ]
}
