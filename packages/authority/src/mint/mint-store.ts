import type { AuditEntry } from '@freshet/wire'
import type { Denial, JudgedToken, MintSnapshot, Position, Subject } from '@freshet/protocol'

/** The knowledge that a mint needs before it decides. */
export interface MintQuery {
  readonly tenant: string
  /** The subject first, then its actors; all of the tenant. */
  readonly parties: readonly [Subject, ...Subject[]]
  readonly claims: readonly string[]
  /** Sources whose `through` is asked for. */
  readonly sources: readonly string[]
  readonly denials: readonly Denial[]
}

/** A token with its ledger row and its issuance record. */
export interface MintedToken {
  readonly token: JudgedToken
  readonly audience: string
  readonly iatMs: number
  readonly expMs: number
  readonly registryHash: string
  /** Names of the claims that stand in the token; a scalar without a value does not. */
  readonly present: readonly string[]
  /** Digest over the claims with their values. */
  readonly claimsDigest: string
  /** Behind it the audit's digest of the issuance record is taken: random, and in no other place. */
  readonly salt: string
  /** That it was issued; stored with the two rows. */
  readonly audit: AuditEntry
  /** The least `through` of each source that the token rests on. */
  readonly throughMs: ReadonlyMap<string, number>
}

/** Which watermarks, denials and feeds to read. */
export interface RecheckQuery {
  readonly tenant: string
  readonly partitions: readonly number[]
  /** Canonical names of scopes, by `scopeKey`. */
  readonly scopeKeys: readonly string[]
  /** Canonical names of denials, by `denialKey`. */
  readonly denialKeys: readonly string[]
  /** Sources whose `through` is asked for; the look of a mint needs none. */
  readonly sources: readonly string[]
}

/** Which change raised something, and who sent it. */
export interface RaisingChange {
  readonly source: string
  readonly change: string
}

/** One partition of the change topic, as the database knows it. */
export interface PartitionKnowledge {
  readonly e: bigint
  readonly activePv: number
  readonly activeHash: string | null
  readonly minimumPv: number
  readonly throughMs: ReadonlyMap<string, number | null>
}

/** The current state of the requested scopes, read in one snapshot. */
export interface RecheckAnswer {
  readonly partitions: ReadonlyMap<number, PartitionKnowledge>
  readonly watermarks: ReadonlyMap<string, RaisingChange & { readonly position: Position }>
  readonly denials: ReadonlyMap<string, RaisingChange>
}

/** Why a token must not be accepted, for its ledger row. */
export interface StaleMark {
  readonly atMs: number
  readonly reason: string
  readonly source: string
  readonly change: string
}

/** A token that was recorded and does not leave. */
export interface WithheldToken {
  readonly jti: string
  readonly expMs: number
  readonly audit: AuditEntry
}

/**
 * The store of the data that the authority mints by, and of minted tokens.
 *
 * None of it takes a lock that a change could wait for. A rejected promise means that the outcome is unknown:
 * the caller takes a new token id and starts over.
 *
 * @throws `database.*`
 */
export interface MintStore {
  /** Everything from one snapshot: no part of it is newer than another (rule 4). */
  snapshot(query: MintQuery): Promise<MintSnapshot>
  /**
   * Stores the ledger row and the issuance record, both or none, and commits them; then looks, in a snapshot
   * taken after that commit (rule 5). Both in one call, so that they need one round trip; when it resolves,
   * the rows are durable. The issuance counts the token as released, until {@link MintStore.withhold} records
   * that it was not. The entry of the audit is stored with them.
   */
  recordAndRecheck(minted: MintedToken, query: RecheckQuery): Promise<RecheckAnswer>
  /** Marks a token stale that was born so, and notes, in the audit too, that it never left. */
  withhold(token: WithheldToken, mark: StaleMark): Promise<void>
}
