/** How much one step of marking does. */
export interface MarkLimit {
  /** Tokens of the ledger that it reads at most. */
  readonly rows: number
  /** Marks that it makes together at most. */
  readonly marks: number
  /** Tenant of the step before; empty: there was none. The next tenant by name has its turn. */
  readonly after: string
  /**
   * Reads marks alone whose last turn was after this, in microseconds since 1970 by the store's clock; default: all.
   * A database keeps removed marks while any transaction is older, and each read from their start passes them.
   */
  readonly behind?: bigint
  /**
   * Called with the last turn of the mark of this step that waited longest, in microseconds since 1970. No free mark of
   * its tenant waits longer, except one that was committed late.
   */
  readonly onOldest?: (turn: bigint) => void
  /** Called where no mark is free: all whose last turn was before this are made, or in hand, or were committed late. */
  readonly onNone?: (before: bigint) => void
  /** Called with the tenant that has its turn, before any of its marks is made: so also where the step fails. */
  readonly onTurn?: (tenant: string) => void
}

/** What one step of marking came to. */
export interface MarkedStep {
  readonly tenant: string
  /** Marks that are made with this; the others go on behind what was read. */
  readonly made: number
  /** Tokens that became stale, by change: the class of the change, where it has one, and how many. */
  readonly stale: readonly { readonly class: string | null; readonly tokens: number }[]
}

/** The marks that wait, and the ledger. Marks are evidence and decide nothing. */
export interface MarkStore {
  /**
   * Makes marks of one tenant, as far as the limit allows, in one short transaction of its own. Its snapshot is
   * later than the commit of the changes behind the marks, and a mint records, commits and looks: one of
   * the two sees the other, so no token that leaves stays unmarked (S9). A token that is stale already keeps its first
   * reason. Tokens are counted in the change log. `undefined`: nothing waits, or other processes have it in hand.
   *
   * @throws `database.*`; the step then had no effect, and is done again
   */
  markSome(limit: MarkLimit): Promise<MarkedStep | undefined>
}
