import type { RecordRef } from '../../changes/change.ts'
import type { ClaimMap } from '../../claims/claim-map.ts'
import type { ErrorCode } from '../../errors/error-codes.ts'
import type { Position } from '../../position/position.ts'
import type { KnownEnd } from '../../scope/recorded-denial.ts'
import type { Revocation } from '../../changes/revocation.ts'
import type { DenialKind, Scope } from '../../scope/scope.ts'
import type { HeldGrant } from '../../changes/break-glass-grant.ts'
import type { SourceVersion } from '../../position/source-version.ts'
import type { Subject } from '../../scope/subject.ts'
import type { StaleReason } from '../../judge/verdict.ts'
import type { ChangedValues } from '../changed-values.ts'
import type { ActivePolicy, HeldAccount, HeldClaim, HeldFeed } from './batch-state.ts'

/** The outcome of a change. Repeats leave no row: the first one stands. */
export type Outcome =
  /** It changed what is in force, or raised a watermark. */
  | 'applied'
  /** It is newer than what was known and changes nothing that is in force. */
  | 'noop'
  /** Newer statements were there before it. */
  | 'late'
  | 'quarantined'
  | 'doubtful'
  /** It took away one too many, and waits for a confirmation; its claim is in doubt. */
  | 'held'

/** Every outcome of a change. */
export const OUTCOMES: readonly Outcome[] = [
  'applied',
  'noop',
  'late',
  'quarantined',
  'doubtful',
  'held',
]

/** One row of the change log. */
export interface ChangeLogEntry {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly contentHash: string
  readonly offset: bigint
  readonly kind: string
  readonly op: string | null
  readonly claim: string | null
  /** Subject key. */
  readonly subject: string | null
  readonly class: string | null
  readonly outcome: Outcome
  readonly tightened: boolean
  /** Absent: it changed no value. */
  readonly changed?: ChangedValues
  readonly occurredAtMs: number
  readonly appendedAtMs: number
  readonly traceparent: string | null
}

/** Which change caused an effect. */
export interface Cause {
  readonly tenant: string
  readonly source: string
  /** Id of the change at its source. */
  readonly change: string
}

/** A doubt raised by a record, or settled by a `set` that names it. Joined by `or`. */
export interface DoubtEntry {
  readonly subject: Subject
  readonly claim: string
  readonly ref: RecordRef
  readonly raised: boolean
  readonly settled: boolean
}

/** A watermark to merge by max. `position` is null where only the time rises (rule 8). */
export interface RaisedWatermark extends Cause {
  readonly scope: Scope
  readonly position: Position | null
  readonly timeMs: number
  /** Index in `publications` of the record for edges; null if edges do not need it. */
  readonly publication: number | null
  /** The cause of the raised time, if it is another change than the one that raised the position. */
  readonly timed?: Cause & Pick<RaisedWatermark, 'publication'>
}

/** A denial to store; of several of one target the one that ends last stands. */
export interface StoredDenial extends Cause, KnownEnd {
  readonly kind: DenialKind
  readonly target: string
  readonly atMs: number
  readonly publication: number
}

/** A tombstone of a value: elements of no newer version are not minted (rule 6). */
export interface WithdrawnEntry {
  readonly tenant: string
  readonly claim: string
  /** Value key. */
  readonly value: string
  readonly version: SourceVersion
  readonly atMs: number
}

/** A record for the revocation topic; they are published in this order. */
export type Publication =
  | {
      readonly kind: 'revocation'
      readonly revocation: Revocation
      readonly cause: Cause
      readonly traceparent: string | null
    }
  | { readonly kind: 'map'; readonly map: ClaimMap }

/** A record that could not be believed, read or allowed. */
export interface QuarantineEntry {
  readonly offset: bigint
  readonly code: ErrorCode
  readonly rule: string
  readonly cause: Cause | null
}

/**
 * Outstanding tokens to mark stale after the commit: those of a subject, or those that a wide change concerns.
 * Evidence: nothing decides by it.
 */
export interface TokenMark extends Cause {
  readonly kind: 'subject' | 'value' | 'tenant' | 'client' | DenialKind
  /** Subject key, value scope key, tenant, client, or the id that is denied. */
  readonly target: string
  /** The claim that the subject's token carries; null for all of its tokens, and for every other kind. */
  readonly claim: string | null
  readonly e: bigint
  /** Tokens labelled below are stale; null for denials, which concern tokens of every label. */
  readonly position: bigint | null
  readonly reason: StaleReason
}

/** A stamp learned from the topic (rule 35). */
export interface LearnedStamp {
  readonly tenant: string
  readonly source: string
  readonly id: string
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly offset: bigint
}

/** Doubts of whole claims that a snapshot of their source ends. */
export interface SettledClaims {
  /** Stand for all subjects of the tenant, and of each of its identity providers. */
  readonly subjects: readonly Subject[]
  readonly claims: readonly string[]
}

/**
 * A difference that a snapshot showed between its source's data and the state here, for a claim of a subject.
 * Evidence: nothing decides by it.
 */
export interface MissedChange {
  readonly subject: Subject
  readonly claim: string
  readonly source: string
  /** Id of the begin of the statement. */
  readonly statement: string
  /** Id of the `set` or `snapshot-end` that found it. */
  readonly change: string
  /** That of the statement. */
  readonly version: SourceVersion
  /** Keys of the values that are gone: their removal was missed. */
  readonly lost: readonly string[]
  /** True if the snapshot has values that were not in force: a grant was missed. */
  readonly gained: boolean
}

/** An event that came after newer statements: its change was not missed, only late. */
export interface Announcement {
  readonly subject: Subject
  readonly claim: string
  readonly source: string
  readonly version: SourceVersion
}

/** The last version of a claim of a subject from one of two sources. */
export interface StatedVersion {
  readonly source: string
  readonly version: SourceVersion
}

/**
 * Records whether the two sources of a corroborated claim differ about a subject. It has no values. Evidence:
 * nothing decides by it.
 */
export interface Contradiction {
  readonly subject: Subject
  readonly claim: string
  /** The claim's own source. */
  readonly owner: StatedVersion
  /** The corroborating one. */
  readonly witness: StatedVersion
  /** `false`: they agree again. */
  readonly stands: boolean
  /** It began with this batch. */
  readonly isNew: boolean
  /** Id of the change that showed it. */
  readonly change: string
}

/** Everything that a batch changes, as data. Keys are unique within each list of states. */
export interface BatchDecision {
  /** The number of given records that are finished. */
  readonly consumed: number
  readonly nextOffset: bigint
  /** The policy version that must be loaded before the next record can be judged. */
  readonly waitsFor: { readonly pv: number; readonly hash: string } | null
  /** The feed whose walk must be over before the next record can be judged. */
  readonly walksFirst: { readonly tenant: string; readonly source: string } | null
  readonly policy: ActivePolicy
  /** The version that took effect with this batch. */
  readonly activated: { readonly pv: number; readonly hash: string } | null
  readonly claims: readonly HeldClaim[]
  readonly accounts: readonly HeldAccount[]
  readonly feeds: readonly HeldFeed[]
  readonly withdrawn: readonly WithdrawnEntry[]
  /** Claims whose tombstones belong to a source that lost them. */
  readonly forgottenWithdrawals: readonly string[]
  readonly doubts: readonly DoubtEntry[]
  readonly settledClaims: SettledClaims | null
  readonly watermarks: readonly RaisedWatermark[]
  readonly denials: readonly StoredDenial[]
  readonly log: readonly ChangeLogEntry[]
  readonly missed: readonly MissedChange[]
  readonly announced: readonly Announcement[]
  readonly contradictions: readonly Contradiction[]
  readonly publications: readonly Publication[]
  readonly quarantine: readonly QuarantineEntry[]
  readonly marks: readonly TokenMark[]
  readonly stamps: readonly LearnedStamp[]
  /** The break-glass grants in force now; `null` if they did not change. */
  readonly grants: readonly HeldGrant[] | null
  /** Repeats that changed nothing. */
  readonly duplicates: number
}
