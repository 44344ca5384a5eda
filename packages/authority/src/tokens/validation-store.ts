import type { PartiesState, Position, Subject } from '@freshet/protocol'
import type { LedgerIdentity } from './ledger-identity.ts'
import type { RecheckAnswer, RecheckQuery } from '../mint/mint-store.ts'

/** The data to read to validate a token at run time. */
export interface ValidationQuery extends RecheckQuery {
  /** The token's own data: the ledger must have the same. */
  readonly identity: LedgerIdentity
  /** The token's own `exp`, which is in whole seconds: the ledger’s is up to a second later. */
  readonly expMs: number
  /** The parties whose claims are read as the sources state them now, the subject first; absent: none. */
  readonly wantedState?: {
    readonly parties: readonly [Subject, ...Subject[]]
    readonly claims: readonly string[]
  }
}

/** The current state of the database, and its recording positions: all of one snapshot (rule 40). */
export interface ValidationRecheck extends RecheckAnswer {
  /** Next offset by partition asked about; a partition without progress is not there. */
  readonly positions: ReadonlyMap<number, Position>
  /** True if the ledger has this very token. After a failover it may have lost some of the last. */
  readonly isKnown: boolean
  /** Present where it was asked for. */
  readonly partiesState?: PartiesState
}

/** The store of the data that the authority validates by. */
export interface ValidationStore {
  /** One snapshot of the primary. @throws `database.read-only` at a standby; `database.*` */
  recheckToValidate(query: ValidationQuery): Promise<ValidationRecheck>
}
