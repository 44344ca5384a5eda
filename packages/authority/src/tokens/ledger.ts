import type { JudgedToken } from '@freshet/protocol'
import type { RecheckAnswer, RecheckQuery, StaleMark } from '../mint/mint-store.ts'

/** A token as the ledger knows it. */
export interface LedgerToken {
  readonly token: JudgedToken
  readonly audience: string
  readonly iatMs: number
  readonly expMs: number
  /** Evidence only: marks decide nothing, and wide ones come late (rule 22). */
  readonly mark: StaleMark | undefined
}

/** The part of the database that judging a token needs. */
export interface Ledger {
  /**
   * An outstanding token; `undefined` once it was dropped with its expiry, or never known. The
   * issuer is not kept: every token of the ledger is of the issuer asked with.
   *
   * @throws `database.*`
   */
  find(jti: string, issuer: string): Promise<LedgerToken | undefined>
  /** One snapshot of the primary. @throws `database.*` */
  recheck(query: RecheckQuery): Promise<RecheckAnswer>
}
