import { FreshetError } from '@freshet/protocol'
import { ALL_ROLES, type DatabaseRole } from '../connection/role.ts'

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
