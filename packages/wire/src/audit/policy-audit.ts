import type { AuditEntry } from './audit-entry.ts'

const EVERY_TENANT = '*'

/**
 * Returns the entry of a policy version that was stored under its number, with the admin who published it.
 */
export function publishedEntry(version: {
  readonly pv: number
  readonly hash: string
  readonly by: string
  readonly atMs: number
}): AuditEntry {
  const { pv, hash, by, atMs } = version
  const ref = String(pv)
  return { kind: 'policy-published', atMs, tenant: EVERY_TENANT, ref, by, detail: { hash } }
}

/** Returns the entry of an order to activate a policy version, with its reason. */
export function orderedEntry(order: {
  readonly pv: number
  readonly minimum: number
  readonly by: string
  readonly reason: string
  readonly atMs: number
}): AuditEntry {
  const { pv, minimum, by, reason, atMs } = order
  const detail = { minimum, reason }
  return { kind: 'policy-ordered', atMs, tenant: EVERY_TENANT, ref: String(pv), by, detail }
}
