import type { AuditEntry } from './audit-entry.ts'

/** Returns the entry of an erasure: who ordered it, and the reason. It never names the subject. */
export function erasedEntry(deed: {
  readonly id: string
  readonly tenant: string
  readonly by: string
  readonly reason: string
  readonly rows: number
  readonly atMs: number
}): AuditEntry {
  const { id: ref, tenant, by, reason, rows, atMs } = deed
  return { kind: 'subject-erased', atMs, tenant, ref, by, detail: { reason, rows } }
}
