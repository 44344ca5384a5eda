import type { AuditEntry, AuditHead, AuditStream, ChainPoint, OutgoingRecord } from '@freshet/wire'

/** An entry that is committed and not in its chain yet. */
export interface PendingEntry {
  readonly id: bigint
  /** The text as `encodeAuditEntry` wrote it. */
  readonly text: string
}

/** An entry at its place in the chain. */
export interface SealedEntry extends ChainPoint {
  readonly id: bigint
  readonly text: string
  /** The decoded entry, which searches use; `undefined` for a text that this build cannot read. */
  readonly entry: AuditEntry | undefined
}

/** The state of a chain, under its lock. */
export interface StreamStatus extends ChainPoint {
  /** The last head that was signed; `null` before the first. */
  readonly head: { readonly n: bigint; readonly atMs: number } | null
  /** The time of the last signed head that the database keeps, too. */
  readonly keptHeadAtMs: number | null
}

/** A signed head that is to be published. */
export interface SignedHead {
  readonly head: AuditHead
  readonly record: OutgoingRecord
  /** Kept in the database, too: older entries than it may be pruned one day. */
  readonly isKept: boolean
}

/** The rows that one turn of sealing writes. */
export interface SealStep {
  readonly entries: readonly SealedEntry[]
  /** The state of the chain after it. */
  readonly to: ChainPoint
  readonly signed: SignedHead | undefined
}

/** The statements that run while the chain's row is locked. */
export interface SealTransaction {
  readonly status: StreamStatus
  /**
   * The oldest that wait behind an id, in the order in which they will be chained. At most `limit`. Ids are drawn
   * before entries are committed, so an entry can come with a lower id than one that was read.
   */
  pending(limit: number, after: bigint): Promise<readonly PendingEntry[]>
  /** Puts the entries behind the chain, takes them from what waits, and lets the head go out. */
  seal(step: SealStep): Promise<void>
}

/**
 * The store in which entries are chained.
 *
 * @throws `database.*`; the transaction then had no effect, or all of it
 */
export interface SealStore {
  /**
   * Resolves with true if entries of a stream wait behind an id, or stand behind its last head. It takes no lock: an idle
   * sealer asks this alone.
   */
  waits(stream: AuditStream, after: bigint): Promise<boolean>
  /**
   * Runs `work` in one transaction under the lock of the stream's row; `undefined`, at once, where
   * another sealer holds it. So two sealers never fork a chain; `(stream, n)` is unique besides.
   */
  inStream<T>(
    stream: AuditStream,
    work: (tx: SealTransaction) => Promise<T>,
  ): Promise<T | undefined>
  /**
   * Removes at most `limit` of the oldest entries, up to the last kept head that was signed before:
   * that head stays, as where the chain begins from then on. Resolves with how many went.
   */
  prune(stream: AuditStream, beforeMs: number, limit: number): Promise<number>
}
