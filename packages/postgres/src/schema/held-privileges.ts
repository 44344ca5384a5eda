import { ALL_ROLES } from '../connection/role.ts'

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
