import type { AccountState } from '../changes/account-state.ts'
import type { ClaimState } from '../claims/claim-state.ts'
import type { Denial } from '../scope/scope.ts'
import type { SourceVersion } from '../position/source-version.ts'

/** The state of one partition of the change topic, with the `through` of its sources. */
export interface PartitionSnapshot {
  readonly e: bigint
  readonly nextOffset: bigint
  readonly activePv: number
  readonly activeHash: string | null
  /** Sources whose last snapshot of accounts has ended. Accounts that they never sent are in doubt. */
  readonly statedAccounts?: ReadonlySet<string>
  /** `through` by source; a source that is not listed never sent a heartbeat here. */
  readonly throughMs: ReadonlyMap<string, number | null>
}

/** The known state of one party of the token. */
export interface PartySnapshot {
  /** The partition of the subject's own changes. */
  readonly partition: PartitionSnapshot
  /** True if any source ever sent a claim or an account event of the subject. */
  readonly known: boolean
  readonly account: AccountState
  /**
   * The time of the account's last loss by the clock of its source: disabled, deleted, sessions revoked, a
   * credential changed. Absent: none for as long as watermarks are kept, T_max and more.
   */
  readonly accountEndedMs?: number
}

/** The state of one claim of the subject from a source, with the source. */
export interface ClaimSnapshot {
  readonly source: string
  readonly state: ClaimState
}

/** The state of one subject that decides which values it has now. */
export interface SubjectSnapshot extends Pick<MintSnapshot, 'claims' | 'doubts' | 'withdrawn'> {
  /** The subject first. */
  readonly parties: readonly [Pick<PartySnapshot, 'account'>, ...unknown[]]
}

/** The state of an actor that decides which values the actor has now. */
export interface ActorState
  extends Pick<PartySnapshot, 'account'>, Pick<MintSnapshot, 'claims' | 'doubts' | 'withdrawn'> {}

/** The known state of an actor, with its values. */
export interface ActorSnapshot extends PartySnapshot, ActorState {}

/** The state of all parties of a token, the subject first. */
export interface PartiesState extends Omit<SubjectSnapshot, 'parties'> {
  /** The claims of the subject are members of this object; each actor has its own. */
  readonly parties: readonly [Pick<PartySnapshot, 'account'>, ...ActorState[]]
}

/** Everything that a mint decides by, all read in one snapshot of the database (rule 4). */
export interface MintSnapshot {
  readonly control: PartitionSnapshot
  /** The subject first, then its actors, as they were asked for. */
  readonly parties: readonly [PartySnapshot, ...ActorSnapshot[]]
  /** The subject's state, by claim. A claim without any change is absent. */
  readonly claims: ReadonlyMap<string, ClaimSnapshot>
  /** Claims of the subject that are in doubt: raised and not settled (rule 20). `ACCOUNT_CLAIM` is the account. */
  readonly doubts: ReadonlySet<string>
  /** Version of the withdrawal, by claim and value key (rule 6). */
  readonly withdrawn: ReadonlyMap<string, ReadonlyMap<string, SourceVersion>>
  /** Which of the denials asked about exist. */
  readonly denied: readonly Pick<Denial, 'kind' | 'id'>[]
}
