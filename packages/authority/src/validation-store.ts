import type { PartiesSaid, Position, Subject } from '@freshet/domain'
import type { LedgerIdentity } from './ledger-identity.ts'
import type { LookAnswer, LookQuery } from './mint-store.ts'

/** What must be read to vouch for a token at run time. */
export interface ValidationQuery extends LookQuery {
  /** What the token says of itself: the ledger must say the same. */
  readonly identity: LedgerIdentity
  /** The token's own `exp`, which is in whole seconds: the ledger’s is up to a second later. */
  readonly expMs: number
  /** Whose claims are read as the sources state them now, the subject first; absent: of no party. */
  readonly said?: {
    readonly parties: readonly [Subject, ...Subject[]]
    readonly claims: readonly string[]
  }
}

/** What the database knows now, and how far it has recorded: all of one snapshot (rule 40). */
export interface ValidationLook extends LookAnswer {
  /** Next offset by partition asked about; a partition without progress is not there. */
  readonly positions: ReadonlyMap<number, Position>
  /** Whether the ledger has this very token. After a failover it may have lost some of the last. */
  readonly isKnown: boolean
  /** Present where it was asked for. */
  readonly said?: PartiesSaid
}

/** Where the authority reads what it vouches by. */
export interface ValidationStore {
  /** One snapshot of the primary. @throws `database.read-only` at a standby; `database.*` */
  lookToValidate(query: ValidationQuery): Promise<ValidationLook>
}
