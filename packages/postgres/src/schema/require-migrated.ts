import { FreshetError } from '@freshet/protocol'
import type { Database } from '../connection/pool.ts'
import { requireOwnConnections } from '../connection/require-own-connections.ts'
import type { DatabaseRole } from '../connection/role.ts'
import { MIGRATIONS_DIR } from './migration-files.ts'
import { migrationStatus, schemaMismatch } from './migration-status.ts'

const IS_HELD = `SELECT row_security_active('issuance') AS held`

/**
 * For a service that starts: passes only if no pooler shares server connections, if the schema is
 * the one of this build, or has more steps that this build can ignore, and, for a pool that works as a role, if that role is held to
 * row-level security.
 *
 * @throws `database.migration`, `database.pooled`; `database.privilege` if the login is not a member of the
 *   role
 */
export async function requireMigrated(db: Database, dir: string = MIGRATIONS_DIR): Promise<void> {
  const { role } = db
  await requireOwnConnections(db)
  const status = await migrationStatus(db, dir).catch((error: unknown) => {
    throw role !== undefined && isUnmigrated(error) ? withoutRole(role, error) : error
  })
  if (status.state !== 'current' && status.state !== 'expanded') throw schemaMismatch(status)
  if (role === undefined) return
  const held = await db.query<{ held: boolean }>({ name: 'is-held', text: IS_HELD })
  if (held.rows[0]?.held === true) return
  const message = `The role ${role} passes row-level security. Take SUPERUSER and BYPASSRLS from it.`
  throw new FreshetError('database.migration', message)
}

/** A database that was never migrated does not have the role, or gives it no right. */
function isUnmigrated(error: unknown): boolean {
  return error instanceof FreshetError && error.code === 'database.migration'
}

function withoutRole(role: DatabaseRole, cause: unknown): FreshetError {
  const message = `The database has no role ${role}, or no table for it. Run \`freshet db migrate\`.`
  return new FreshetError('database.migration', message, { cause })
}
