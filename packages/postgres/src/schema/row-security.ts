import type { Queryable, Statement } from '../connection/query.ts'

/** The row-level security that separates tenants, from the catalogue. */
export interface RowSecurity {
  /** Tables with rows of tenants whose row-level security is off, or not forced; sorted. */
  readonly open: readonly string[]
  /** Roles that services work as and that are missing, or pass row-level security. */
  readonly unfit: readonly string[]
  /** True if the login could pass it: a superuser, one with BYPASSRLS, or an owner of tables. */
  readonly loginPasses: boolean
}

/** A table with a column `tenant`, a partition of the ledger, and one that holds several tenants. */
const SELECT_STATUS: Statement = {
  name: 'row-security',
  text: `
    SELECT
      (SELECT coalesce(json_agg(c.relname ORDER BY c.relname), '[]') FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
          AND (c.relname = 'audit_pending' OR EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped))) AS open,
      (SELECT coalesce(json_agg(wanted.name ORDER BY wanted.name), '[]')
        FROM unnest(array['freshet_ledger', 'freshet_system', 'freshet_tenant']) AS wanted (name)
        LEFT JOIN pg_roles r ON r.rolname = wanted.name
        WHERE r.rolname IS NULL OR r.rolsuper OR r.rolbypassrls) AS unfit,
      (SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (
          SELECT FROM pg_class c
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relowner = r.oid)
        FROM pg_roles r WHERE r.rolname = session_user) AS passes`,
}

interface SecurityRow {
  readonly open: readonly string[]
  readonly unfit: readonly string[]
  readonly passes: boolean
}

/** Reads it, by whatever login. @throws `database.*` */
export async function rowSecurity(db: Queryable): Promise<RowSecurity> {
  const { rows } = await db.query<SecurityRow & Record<string, unknown>>(SELECT_STATUS)
  const { open = [], unfit = [], passes = true } = rows[0] ?? {}
  return { open, unfit, loginPasses: passes }
}
