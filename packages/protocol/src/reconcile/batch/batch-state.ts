import type { AccountState } from '../../changes/account-state.ts'
import type { RecordRef } from '../../changes/change.ts'
import type { ClaimState } from '../../claims/claim-state.ts'
import type { FeedState } from '../../position/feed.ts'
import type { HeldGrant } from '../../changes/break-glass-grant.ts'
import type { RemovalWindow } from '../../guards/removal-guard.ts'
import type { SourceVersion } from '../../position/source-version.ts'
import type { Statements } from '../../changes/statements.ts'
import { NOTHING_REMOVED, type RemovalSize } from '../../guards/snapshot-removal-guard.ts'
import type { WalkCursor } from '../snapshot/ending.ts'
import type { Registry } from '../../registry/registry.ts'
import { scopeKey, type ClaimValue } from '../../scope/scope.ts'
import type { Subject } from '../../scope/subject.ts'

/** Stored claims that one step of the end of a full statement changes at most. */
export const SNAPSHOT_REMOVAL_MAX = 500
/** Stored claims that such a step reads at most. */
export const SNAPSHOT_REMOVAL_READ_MAX = 5_000

/** The policy version in force in a partition; `pv` 0 before the first activation (rule 32). */
export interface ActivePolicy {
  readonly pv: number
  readonly hash: string | null
  /** Tokens of a lower policy version are stale. */
  readonly minimum: number
  /** Foreign tokens that were issued up to then are stale; absent where there are no issuers. */
  readonly foreignSinceMs?: number
  /**
   * The time of the activation that last gave a source something to state, by source, in milliseconds. A
   * snapshot of an older state does not begin, in any tenant. Absent: none did.
   */
  readonly given?: ReadonlyMap<string, number>
}

/** The change log's entry of an id. */
export interface SeenChange {
  readonly contentHash: string
  /** `accepted`: it has had its effect. `doubtful`: it raised doubt. `refused`: it had none. */
  readonly as: 'accepted' | 'doubtful' | 'refused' | 'held'
  /** The record that holds it, if it is held. */
  readonly held?: RecordRef
}

/** A stored claim of a subject. `source` is whose versions its state holds. */
export interface HeldClaim {
  readonly subject: Subject
  readonly claim: string
  readonly source: string
  readonly state: ClaimState
}

/** A stored account. */
export interface HeldAccount {
  readonly subject: Subject
  readonly state: AccountState
}

/** A stored feed in the partition of the batch. */
export interface HeldFeed {
  readonly tenant: string
  readonly source: string
  readonly feed: FeedState
  readonly statements: Statements
  /** Removals counted by the guard of its source; absent: none yet. */
  readonly removals?: RemovalWindow
}

/** All that deciding a batch needs to know, as it stands before the batch. */
export interface BatchState {
  readonly partition: number
  readonly e: bigint
  /** Records below were applied before. */
  readonly nextOffset: bigint
  readonly policy: ActivePolicy
  /** The break-glass grants in force, in the control partition; absent: none. */
  readonly grants?: readonly HeldGrant[]
  /** The entries by {@link changeKey}. */
  readonly seen: ReadonlyMap<string, SeenChange>
  /** The claims by {@link claimKey}. */
  readonly claims: ReadonlyMap<string, HeldClaim>
  /** The accounts by subject key. */
  readonly accounts: ReadonlyMap<string, HeldAccount>
  /** The feeds by {@link feedKey}. */
  readonly feeds: ReadonlyMap<string, HeldFeed>
  /**
   * `activate` only: the identity providers among those that it adds which have stored claims in this
   * partition. In the control partition: which have stored accounts, or claims in any partition.
   */
  readonly known: readonly Subject[]
  /** Withdrawn values of published claims, by {@link valueScopeKey}. */
  readonly withdrawn: ReadonlyMap<string, SourceVersion>
  /** `snapshot-end` and steps of a walk only: what this step read. */
  readonly walked: WalkedClaims
}

/** The claims that one step of a walk over a source's stored claims read. */
export interface WalkedClaims {
  /** The number of the source's claims that it read, and of those that are older than the snapshot. */
  readonly size: RemovalSize
  /** The last claim that was read; `null`: there is none behind it. */
  readonly read: WalkCursor | null
  /** Claims of another source or older than the statement, from the first one read; empty where they were only counted. */
  readonly omitted: readonly HeldClaim[]
  /** The last claim up to which `swept` names all of them; `null`: there is none behind it. */
  readonly taken: WalkCursor | null
}

/** The state of a batch without a walk. */
export const NOTHING_WALKED: WalkedClaims = {
  size: NOTHING_REMOVED,
  read: null,
  omitted: [],
  taken: null,
}

/** The key of a change among all that its partition has seen. */
export function changeKey(change: { tenant: string; source: string; id: string }): string {
  return JSON.stringify([change.tenant, change.source, change.id])
}

/** The key of a feed within a partition. */
export function feedKey(feed: { tenant: string; source: string }): string {
  return JSON.stringify([feed.tenant, feed.source])
}

/** The key of a claim of a subject; the same as that of its watermark. */
export function claimKey(subject: Subject, claim: string): string {
  return scopeKey({ kind: 'subject', subject, claim })
}

/** The key of a value of a claim in a tenant; the same as that of its watermark. */
export function valueScopeKey(tenant: string, claim: string, value: ClaimValue): string {
  return scopeKey({ kind: 'value', tenant, claim, value })
}

/** Stands for every subject of a tenant where a whole claim is in doubt (rule 32). */
export function wholeTenant(tenant: string): Subject {
  return { tenant, iss: '', sub: '' }
}

/** Stands for every subject of an identity provider of a tenant, in the same way. */
export function wholeIssuer({ tenant, iss }: Pick<Subject, 'tenant' | 'iss'>): Subject {
  return { tenant, iss, sub: '' }
}

/** All such subjects of a tenant. */
export function wholes({ tenants }: Pick<Registry, 'tenants'>, tenant: string): readonly Subject[] {
  const issuers = (tenants.get(tenant)?.identityProviders ?? []).map(({ issuer }) => issuer)
  return [wholeTenant(tenant), ...issuers.map((iss) => wholeIssuer({ tenant, iss }))]
}
