import type { AuditKind, AuditStream, ChainPoint, OutgoingRecord } from '@freshet/wire'

/** A sealed entry as it stands in the database: to be verified, not to be believed. */
export interface StoredEntry extends ChainPoint {
  readonly text: string
  /** The columns that an entry is found by, beside its text. */
  readonly kind: string
  readonly tenant: string
  readonly ref: string
  readonly atMs: number
}

/** The stored state of a chain. */
export interface StoredStatus extends ChainPoint {
  /** Its begin since older entries were pruned, with the signed head of that place. */
  readonly pruned: (ChainPoint & { readonly record: OutgoingRecord }) | null
  /** The entries that wait for sealing. */
  readonly pending: { readonly count: number; readonly oldestAtMs: number | null }
}

/** Which entries are listed. Times are of the entries' own clocks. */
export interface AuditFilter {
  readonly stream?: AuditStream
  readonly kind?: AuditKind
  /** Kinds that are left out. */
  readonly without?: readonly AuditKind[]
  readonly tenant?: string
  readonly ref?: string
  readonly sinceMs?: number
  readonly untilMs?: number
}

/** An entry with its stream. */
export interface ListedEntry extends StoredEntry {
  readonly stream: AuditStream
}

/**
 * Reads the chains.
 *
 * @throws `database.*` from every method
 */
export interface AuditReader {
  status(stream: AuditStream): Promise<StoredStatus>
  /** Entries behind `after`, by their places. At most `limit`. */
  entries(stream: AuditStream, after: bigint, limit: number): Promise<readonly StoredEntry[]>
  /** `issuanceDigest` of the issuance records of these tokens, as they are now; of those that are there. */
  issuances(jtis: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The latest that the filter lets through, newest first; sealed entries only. At most `limit`. */
  latest(filter: AuditFilter, limit: number): Promise<readonly ListedEntry[]>
}
