import type { AuditEntry } from './audit-entry.ts'

const EVERY_TENANT = '*'

/** An operator's action on a quarantined record: who, when and why; `tenant` is null if it is not known. */
export interface QuarantinedDeed {
  readonly id: string
  readonly tenant: string | null
  readonly by: string
  readonly atMs: number
  readonly reason: string | null
}

/**
 * Returns the entry of a replay of a quarantined record, with its count; it is written before the record is
 * sent.
 */
export function replayedEntry(deed: QuarantinedDeed & { readonly replays: number }): AuditEntry {
  return { kind: 'quarantine-replayed', ...about(deed, { replays: deed.replays }) }
}

/** Returns the entry for the end of a replay. */
export function settledEntry(
  deed: QuarantinedDeed & { readonly state: string; readonly outcome: string },
): AuditEntry {
  const { state, outcome } = deed
  return { kind: 'quarantine-settled', ...about(deed, { state, outcome }) }
}

/** Returns the entry of a quarantined record that an operator dropped. */
export function droppedEntry(deed: QuarantinedDeed): AuditEntry {
  return { kind: 'quarantine-dropped', ...about(deed, {}) }
}

function about(
  { id, tenant, by, atMs, reason }: QuarantinedDeed,
  detail: AuditEntry['detail'],
): Omit<AuditEntry, 'kind'> {
  const because = reason === null ? {} : { reason }
  return { atMs, tenant: tenant ?? EVERY_TENANT, ref: id, by, detail: { ...detail, ...because } }
}
