import type { ForeignToken } from '@freshet/protocol'

/** The place of marked foreign tokens from which the next call of `mark` continues. */
export interface ForeignCursor {
  readonly issuer: string
  readonly jti: string
}

/** One step of marking. */
export interface MarkedForeign {
  readonly marked: number
  /** `null`: the end was reached, and the next step starts again. */
  readonly cursor: ForeignCursor | null
}

/** The ledger of tokens that foreign issuers reported as issued. It is evidence and decides nothing. */
export interface ForeignLedger {
  /** Next offset of the issuance topic, by partition; a partition of which nothing was read is absent. */
  positions(): Promise<ReadonlyMap<number, bigint>>
  /**
   * Stores tokens from before `nextOffset` of a partition, and moves its position there, in one transaction.
   * A known token stays as it is; a position never goes back.
   *
   * @throws `database.*`
   */
  record(partition: number, nextOffset: bigint, tokens: readonly ForeignToken[]): Promise<void>
  /**
   * Marks the tokens that a time or a denial makes stale, and counts them with the change. It reads at most
   * `rows` tokens behind the cursor that are valid at `nowMs`. The first mark of a token stays.
   *
   * @throws `database.*`
   */
  mark(cursor: ForeignCursor | null, rows: number, nowMs: number): Promise<MarkedForeign>
}
