import { auditStreamOf, encodeAuditEntry, type AuditEntry, type AuditLog } from '@freshet/wire'
import type { MemoryDatabase } from '../memory-database.ts'
import { translated } from '../translated.ts'

/** Adds entries to the audit, in the transaction that is open. */
export function appendMemoryAudit(database: MemoryDatabase, entries: readonly AuditEntry[]): void {
  for (const entry of entries) {
    const id = database.nextId()
    const row = { stream: auditStreamOf(entry.kind), id, text: encodeAuditEntry(entry) }
    database.auditPending.set(String(id), row)
  }
}

/** Creates the audit log in process, for operations without a transaction of their own. */
export function memoryAuditLog(database: MemoryDatabase): AuditLog {
  return {
    append: (entries) =>
      translated(() => database.transaction(async () => appendMemoryAudit(database, entries))),
  }
}
