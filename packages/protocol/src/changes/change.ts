import type { ClaimValue, DenialKind } from '../scope/scope.ts'
import type { SourceVersion } from '../position/source-version.ts'
import type { Subject } from '../scope/subject.ts'

/** Which record of the change topic raised a doubt: `partition:offset` within `e`. */
export interface RecordRef {
  readonly e: bigint
  readonly partition: number
  readonly offset: bigint
}

/**
 * Places of one claim of a subject that a `set` settles before their records are read. Of more than these, the
 * first ones are kept, because the others are of records that do not exist yet.
 */
export const SETTLED_AHEAD_MAX = 16

/** The members that every change has. */
export interface ChangeOrigin {
  readonly tenant: string
  /** The source that sends the change; equal to the signer. */
  readonly source: string
  /** Unique per (tenant, source); repeats are recognised by it. */
  readonly id: string
  /** Commit time at the source, by the source's clock. */
  readonly occurredAtMs: number
  readonly sourceVersion: SourceVersion
  /** The source's own sequence number; present if the registry has `ordering: dense`. */
  readonly sequence?: bigint
  readonly onBehalfOf?: string
}

/** Every operation of a claim change. */
export const CLAIM_OPS = ['set', 'add', 'remove', 'clear'] as const

/** `set` replaces all elements of the claim, `add` and `remove` change some, `clear` removes all. */
export interface ClaimChange extends ChangeOrigin {
  readonly kind: 'claim'
  readonly subject: Subject
  readonly claim: string
  readonly op: (typeof CLAIM_OPS)[number]
  readonly values: readonly ClaimValue[]
  /** `set` only: the unreadable or deleting records that this statement settles (rule 20). */
  readonly settles?: readonly RecordRef[]
  /** `set` and `clear` only: a comparison with the source's own data found it, and no event had announced it. */
  readonly found?: 'compare'
}

/** Every event of an account. */
export const ACCOUNT_OPS = [
  'disabled',
  'enabled',
  'deleted',
  'sessions-revoked',
  'credential-changed',
  'credential-compromised',
] as const

/** An event of an account, which the account source sends. */
export type AccountOp = (typeof ACCOUNT_OPS)[number]

/** An event about a subject's account, from the account source; always in the control partition. */
export interface AccountChange extends ChangeOrigin {
  readonly kind: 'account'
  readonly subject: Subject
  readonly op: AccountOp
}

/** A value is taken from all its holders at once (rule 6). */
export interface ValueWithdrawn extends ChangeOrigin {
  readonly kind: 'value-withdrawn'
  readonly claim: string
  readonly value: ClaimValue
}

/** Everything of a tenant, or of a client in a tenant, minted before this is stale. */
export interface CutOff extends ChangeOrigin {
  readonly kind: 'cut-off'
  readonly scope: 'tenant' | 'client'
  /** The tenant or the client id. */
  readonly target: string
}

/** A key, issuer, session or token id is refused from now on (rule 23). */
export interface Deny extends ChangeOrigin {
  readonly kind: 'deny'
  readonly scope: DenialKind
  readonly target: string
  /**
   * The expiry of the denied token, in milliseconds since 1970. Edges can end the denial then. Only the
   * product's own source is believed in this, because it verified the token.
   */
  readonly expMs?: number
}

/**
 * The borders of a full statement by a source, one record in every partition. At the end every
 * element of the source's claims older than the snapshot's version is gone.
 */
export type SnapshotMarker = SnapshotBegin | SnapshotEnd

/** The kinds of state that a snapshot can contain beside claims: every account, every cut-off and denial in force. */
export const STATED_KINDS = ['accounts', 'cut-offs'] as const

/** A kind of state that a snapshot can contain beside claims. */
export type StatedKind = (typeof STATED_KINDS)[number]

/** The begin of a snapshot; its version is that of the state that the snapshot contains. */
export interface SnapshotBegin extends ChangeOrigin {
  readonly kind: 'snapshot-begin'
  /** The kinds of state that it contains beside claims. Absent: claims alone. */
  readonly states?: readonly StatedKind[]
}

/** It has ended. */
export interface SnapshotEnd extends ChangeOrigin {
  readonly kind: 'snapshot-end'
  /** The source means it, however much it takes away. */
  readonly confirmed?: true
}

/** A policy version takes effect where this record stands; one in every partition (rule 32). */
export interface Activation extends ChangeOrigin {
  readonly kind: 'activate'
  readonly pv: number
  readonly hash: string
  /** Tokens of a lower policy version are stale. */
  readonly minimum: number
}

/** An operator lets in for a while what is unverified of a claim on a route (break-glass). */
export interface Open extends ChangeOrigin {
  readonly kind: 'open'
  readonly audience: string
  readonly route: string
  readonly claim: string
  readonly untilMs: number
  /** The admin who gave the order; `reason` is the admin's reason. */
  readonly by: string
  readonly reason: string
}

/** A grant ends before its time. */
export interface Close extends ChangeOrigin {
  readonly kind: 'close'
  /** Id of the change that opened. */
  readonly opening: string
  readonly by: string
  readonly reason: string
}

/**
 * An operator resolves the doubt that a record caused: the claim keeps the values that its source sent
 * otherwise. It settles that one doubt, as a `set` of the source does that names the record (rule 20).
 */
export interface ClearDoubt extends ChangeOrigin {
  readonly kind: 'clear-doubt'
  readonly subject: Subject
  readonly claim: string
  /** The record that raised the doubt. */
  readonly record: RecordRef
  readonly by: string
  readonly reason: string
}

/** Every event that a source is allowed to send on the change topic, except heartbeats. */
export type Change =
  | ClaimChange
  | AccountChange
  | ValueWithdrawn
  | CutOff
  | Deny
  | SnapshotMarker
  | Activation
  | Open
  | Close
  | ClearDoubt

/**
 * A source's statement that everything committed up to `throughMs` was answered with 202. One record in every
 * partition; `last` is the feed's last number there (rules 12 and 13).
 */
export interface SourceHeartbeat {
  readonly kind: 'heartbeat'
  readonly tenant: string
  readonly source: string
  readonly throughMs: number
  readonly last: bigint
}

/** The source of activations, operators' cut-offs and denials: the product's own voice. */
export const OWN_SOURCE = 'freshet'
