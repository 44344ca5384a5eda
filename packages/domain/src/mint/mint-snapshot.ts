import type { AccountState } from '../account-state.ts'
import type { ClaimState } from '../claim-state.ts'
import type { Denial } from '../scope.ts'
import type { SourceVersion } from '../source-version.ts'

/** Where one partition of the change topic stood, and what its sources had told. */
export interface PartitionSnapshot {
  readonly e: bigint
  readonly nextOffset: bigint
  readonly activePv: number
  readonly activeHash: string | null
  /** `through` by source; a source that is not listed never told anything here. */
  readonly throughMs: ReadonlyMap<string, number | null>
}

/** What was known of one party of the token. */
export interface PartySnapshot {
  /** The partition of the subject's own changes. */
  readonly partition: PartitionSnapshot
  /** Whether any source ever said anything about the subject: a claim or the account. */
  readonly known: boolean
  readonly account: AccountState
  /**
   * When the account last lost something, by the clock of its source: disabled, deleted, sessions
   * revoked, a credential changed. Absent: not as long as watermarks are kept, T_max and more.
   */
  readonly accountEndedMs?: number
}

/** What a source had said of one claim of the subject, and who said it. */
export interface ClaimSnapshot {
  readonly source: string
  readonly state: ClaimState
}

/** What the sources have said of one subject, as far as it decides which values it has now. */
export interface SubjectSaid extends Pick<MintSnapshot, 'claims' | 'doubts' | 'withdrawn'> {
  /** The subject first. */
  readonly parties: readonly [Pick<PartySnapshot, 'account'>, ...unknown[]]
}

/** What the sources have said of an actor, as far as it decides which values the actor has now. */
export interface ActorSaid
  extends Pick<PartySnapshot, 'account'>, Pick<MintSnapshot, 'claims' | 'doubts' | 'withdrawn'> {}

/** What was known of an actor, with what the sources have said of it. */
export interface ActorSnapshot extends PartySnapshot, ActorSaid {}

/** What the sources have said of all parties of a token, the subject first. */
export interface PartiesSaid extends Omit<SubjectSaid, 'parties'> {
  /** The claims of the subject are members of this object; each actor has its own. */
  readonly parties: readonly [Pick<PartySnapshot, 'account'>, ...ActorSaid[]]
}

/** Everything that a mint decides by, all read in one snapshot of the database (rule 4). */
export interface MintSnapshot {
  readonly control: PartitionSnapshot
  /** The subject first, then its actors, as they were asked for. */
  readonly parties: readonly [PartySnapshot, ...ActorSnapshot[]]
  /** Of the subject, by claim. A claim of which nothing was said is absent. */
  readonly claims: ReadonlyMap<string, ClaimSnapshot>
  /** Claims of the subject that are in doubt: raised and not settled (rule 20). */
  readonly doubts: ReadonlySet<string>
  /** Version of the withdrawal, by claim and value key (rule 6). */
  readonly withdrawn: ReadonlyMap<string, ReadonlyMap<string, SourceVersion>>
  /** Which of the denials asked about exist. */
  readonly denied: readonly Pick<Denial, 'kind' | 'id'>[]
}
