import type { ForeignToken } from '@freshet/domain'

/** Where foreign tokens stand that were marked, as the next call of `mark` takes it. */
export interface ForeignCursor {
  readonly issuer: string
  readonly jti: string
}

/** One step of marking. */
export interface MarkedForeign {
  readonly marked: number
  /** `null`: the end was reached, the next step begins anew. */
  readonly cursor: ForeignCursor | null
}

/** The ledger of tokens that foreign issuers say they issued. It is evidence and decides nothing. */
export interface ForeignLedger {
  /** Next offset of the issuance topic, by partition; a partition of which nothing was read is not there. */
  positions(): Promise<ReadonlyMap<number, bigint>>
  /**
   * Keeps tokens that stood before `nextOffset` of a partition, and moves its position there, in one
   * transaction. A token that is known stays as it is; a position never goes back.
   *
   * @throws `database.*`
   */
  record(partition: number, nextOffset: bigint, tokens: readonly ForeignToken[]): Promise<void>
  /**
   * Marks, of at most `rows` tokens behind the cursor that live at `nowMs`, those that a time or a denial
   * makes stale, and counts them with the change. The first mark stays.
   *
   * @throws `database.*`
   */
  mark(cursor: ForeignCursor | null, rows: number, nowMs: number): Promise<MarkedForeign>
}
