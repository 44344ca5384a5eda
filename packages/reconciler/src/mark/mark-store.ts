/** The limits of one step of marking. */
export interface MarkLimit {
  /** Tokens of the ledger that it reads at most. */
  readonly rows: number
  /** Marks that it processes together at most. */
  readonly marks: number
  /** Tenant of the step before; empty: there was none. The step takes the next tenant by name. */
  readonly after: string
  /**
   * Reads only marks whose last turn was after this, in microseconds since 1970 by the store's clock;
   * default: all. A database keeps removed marks while any transaction is older, and each read from their
   * start passes them.
   */
  readonly behind?: bigint
  /**
   * Called with a time, in microseconds since 1970 by the store's clock. Every mark whose last turn was before
   * it is done, or was committed late.
   */
  readonly onFloor?: (before: bigint) => void
  /** Called with the tenant of this turn before any of its marks is processed, so also if the step fails. */
  readonly onTurn?: (tenant: string) => void
}

/** The result of one step of marking. */
export interface MarkedStep {
  readonly tenant: string
  /** Marks that are done with this step; the others continue behind the tokens that it read. */
  readonly made: number
  /**
   * Tokens that became stale, by change: the class of the change, if it has one, and the number of tokens.
   */
  readonly stale: readonly { readonly class: string | null; readonly tokens: number }[]
  /** True if the step has seen more marks than it finished: of another tenant, in another way, or beyond a limit. */
  readonly more: boolean
}

/** The marks that wait, and the ledger. Marks are evidence and decide nothing. */
export interface MarkStore {
  /**
   * Processes marks of one tenant, within the limit, in one short transaction of its own. Its snapshot is
   * later than the commit of the changes behind the marks. A mint records, commits and then rechecks. So one
   * of the two sees the other, and no released token stays unmarked (S9). A token that is stale already keeps
   * its first reason. Tokens are counted in the change log. `undefined`: no mark waits, or other processes
   * have the waiting marks in progress.
   *
   * @throws `database.*`; the step then had no effect, and is repeated
   */
  markSome(limit: MarkLimit): Promise<MarkedStep | undefined>
}
