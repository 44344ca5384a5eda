/** A chunk of marking that was done. */
export interface MarkedChunk {
  readonly id: bigint
  /** Tokens that this chunk marked. */
  readonly marked: number
  /** Nothing is left of this change. */
  readonly done: boolean
}

/** Marks that were made once more. */
export interface MarkedAgain {
  /** Batches that are done with this. */
  readonly batches: number
  /** Tokens that only this found. */
  readonly marked: number
}

/** How much of a wide change is marked at once. */
export interface ChunkLimit {
  /** Ledger rows looked at in one transaction. */
  readonly rows: number
  /** Issuer of the ledger's tokens: a denial of it concerns all of them. */
  readonly issuer: string
  readonly nowMs: number
}

/** The ledger, as far as it is marked in the background. Marks are evidence and decide nothing. */
export interface MarkStore {
  /**
   * Like `RecorderStore.markAgain`, for batches of any partition: those whose recorder ended, or
   * lost the database, right after their commit.
   *
   * @throws `database.*`
   */
  markAgain(batches: number): Promise<MarkedAgain>
  /**
   * Marks the next chunk of the oldest change that has any left and moves its cursor, in one
   * transaction. `undefined`: there is none, or another process has them all in hand. A token that
   * is stale already keeps its first reason.
   *
   * @throws `database.*`
   */
  markChunk(limit: ChunkLimit): Promise<MarkedChunk | undefined>
}
