import type { AccountOp } from './change.ts'
import type { ClaimMap } from '../claims/claim-map.ts'
import type { ClaimValue, DenialKind } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'

/** The members that every revocation has: the change that caused it, and the place of that change. */
export interface RevocationOrigin {
  /** `jti` of the SET; derived from the change, so that publishing again repeats it. */
  readonly id: string
  /** Id of the change at its source. */
  readonly change: string
  readonly tenant: string
  readonly e: bigint
  readonly partition: number
  /** The time of the commit at the source. */
  readonly occurredAtMs: number
  /** The time of recording by the reconciler. */
  readonly issuedAtMs: number
}

/** A subject lost or changed claims: tokens labelled below a claim's offset are stale in it. */
export interface SubjectRevocation extends RevocationOrigin {
  readonly scope: 'subject'
  readonly subject: Subject
  /** Empty where only times rise. */
  readonly claims: ReadonlyMap<string, RevokedClaim>
  /** The time of each claim. Foreign tokens that were issued until then are stale in it. */
  readonly timesMs?: ReadonlyMap<string, number>
}

/** Foreign tokens that were issued up to then are stale in the scope (rule 8). */
interface Timed {
  /** Absent: there were no such tokens where it was recorded. */
  readonly timeMs?: number
}

/** One claim of a subject in a revocation. */
export interface RevokedClaim {
  /** The watermark: offset of the change, plus one. */
  readonly offset: bigint
  /** The values now in force; `null` where the registry does not let them be published. */
  readonly values: readonly ClaimValue[] | null
}

/** The account of a subject was disabled, deleted, or its sessions or credentials fell. */
export interface AccountRevocation extends RevocationOrigin, Timed {
  readonly scope: 'account'
  readonly subject: Subject
  readonly op: AccountOp
  readonly offset: bigint
}

/** A value was withdrawn from all its holders. */
export interface ValueRevocation extends RevocationOrigin, Timed {
  readonly scope: 'value'
  readonly claim: string
  readonly value: ClaimValue
  readonly offset: bigint
}

/** A tenant or a client was cut off. */
export interface CutOffRevocation extends RevocationOrigin, Timed {
  readonly scope: 'tenant' | 'client'
  readonly target: string
  readonly offset: bigint
}

/** A key, issuer, session or token id is denied; without position, and without expiry for keys. */
export interface DenialRevocation extends RevocationOrigin {
  readonly scope: 'denial'
  readonly denial: DenialKind
  readonly target: string
  /** The expiry of the denied token. Absent: it is not known, and the denial lasts T_max + margin. */
  readonly expMs?: number
}

/** The content that an edge applies: watermarks and denials, merged by max. */
export type Revocation =
  | SubjectRevocation
  | AccountRevocation
  | ValueRevocation
  | CutOffRevocation
  | DenialRevocation

/**
 * The part of a revocation that an edge acts on; every revocation is one. It lacks what only
 * people and other readers need: an id of its own, when it was recorded, and the values now in force.
 */
export type AppliedRevocation =
  | (Applied<SubjectRevocation> & {
      readonly claims: ReadonlyMap<string, Pick<RevokedClaim, 'offset'>>
    })
  | Applied<AccountRevocation>
  | Applied<ValueRevocation>
  | Applied<CutOffRevocation>
  | Applied<DenialRevocation>

type Applied<T extends Revocation> = Omit<T, 'id' | 'issuedAtMs' | 'claims' | 'op'>

/** The claim map on the control partition of the revocation topic (rule 21). */
export interface MapAnnouncement {
  readonly scope: 'map'
  readonly map: ClaimMap
  /** Hash over the map's canonical bytes, as heartbeats name it. */
  readonly hash: string
}
