import { auditStreamOf, encodeAuditEntry, type AuditEntry, type AuditLog } from '@freshet/wire'
import { coalesce } from '../authority/coalesce.ts'
import { columnsOf, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import type { Tenants } from '../connection/tenant.ts'

/** Streams ($1) and texts ($2) of entries, in order. */
const INSERT_PENDING: Statement = {
  name: 'audit-insert-pending',
  text: `
    INSERT INTO audit_pending (stream, entry)
    SELECT stream, entry FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS row (stream, entry, n)
    ORDER BY n`,
}

/**
 * Adds entries to the audit. Code that changes something audited calls this inside of the transaction that
 * changes it (`inTransaction`), with that transaction as `db`: then both exist, or neither. It is one plain
 * insert that takes no lock; a sealer chains the entries after the commit. A statement that shares nothing
 * with a transaction may add its entry in the statement itself, as `record-tokens` does.
 *
 * @throws `database.*`
 */
export async function appendAudit(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.query(
    INSERT_PENDING,
    columnsOf(entries, [texts(({ kind }) => auditStreamOf(kind)), texts(encodeAuditEntry)]),
  )
}

/**
 * The audit log for actions without other writes; entries of the same moment and tenant share a statement.
 * All entries of one call belong to one tenant.
 */
export function postgresAuditLog(db: Tenants): AuditLog {
  const append = coalesce<readonly AuditEntry[], undefined>({
    tenantOf: ([first]) => first?.tenant ?? '',
    async run(tenant, lists) {
      await appendAudit(db.ofTenant(tenant), lists.flat())
      return lists.map(() => undefined)
    },
  })
  return {
    async append(entries) {
      if (entries.length > 0) await append(entries)
    },
  }
}
