import type { AuditEntry } from './audit-entry.ts'

const EVERY_TENANT = '*'

/** Who did something with a parked record, when and why; `tenant` is null where nobody knows it. */
export interface ParkedDeed {
  readonly id: string
  readonly tenant: string | null
  readonly by: string
  readonly atMs: number
  readonly reason: string | null
}

/** That somebody sent a parked record again, for which time; written before it is sent. */
export function replayedEntry(deed: ParkedDeed & { readonly replays: number }): AuditEntry {
  return { kind: 'quarantine-replayed', ...about(deed, { replays: deed.replays }) }
}

/** How a replay ended. */
export function settledEntry(
  deed: ParkedDeed & { readonly state: string; readonly outcome: string },
): AuditEntry {
  const { state, outcome } = deed
  return { kind: 'quarantine-settled', ...about(deed, { state, outcome }) }
}

/** That somebody gave a parked record up. */
export function droppedEntry(deed: ParkedDeed): AuditEntry {
  return { kind: 'quarantine-dropped', ...about(deed, {}) }
}

function about(
  { id, tenant, by, atMs, reason }: ParkedDeed,
  detail: AuditEntry['detail'],
): Omit<AuditEntry, 'kind'> {
  const because = reason === null ? {} : { reason }
  return { atMs, tenant: tenant ?? EVERY_TENANT, ref: id, by, detail: { ...detail, ...because } }
}
