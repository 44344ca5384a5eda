import type { Change, SourceHeartbeat } from '../../changes/change.ts'
import type { ErrorCode } from '../../errors/error-codes.ts'
import type { Subject } from '../../scope/subject.ts'

/** The number that a record carries in its feed, and the partition that it was numbered for. */
export interface ArrivedStamp {
  readonly partition: number
  readonly number: bigint
}

/** A change whose sender is proven. */
export interface ArrivedChange {
  readonly kind: 'change'
  readonly change: Change
  readonly stamp: ArrivedStamp
  /** Equal for equal content: it separates a repeat from a conflict. */
  readonly contentHash: string
  readonly traceparent?: string
}

/** A record whose sender is proven, but not all of which can be understood (rule 20). */
export interface UnreadableChange {
  readonly kind: 'unreadable'
  readonly tenant?: string
  readonly source: string
  readonly id?: string
  readonly subject?: Subject
  readonly claim?: string
  readonly stamp: ArrivedStamp
  readonly contentHash: string
  /** Which rule the content breaks. */
  readonly rule: string
  /** Absent: it is malformed. */
  readonly code?: ErrorCode
}

/** The classification of a record of the change topic. */
export type Arrival =
  | ArrivedChange
  | { readonly kind: 'heartbeat'; readonly heartbeat: SourceHeartbeat }
  | { readonly kind: 'heartbeats'; readonly heartbeats: readonly SourceHeartbeat[] }
  | UnreadableChange
  | { readonly kind: 'unauthentic'; readonly rule: string }

/** The place of a record in a partition. */
export interface RecordPlace {
  readonly offset: bigint
  /** Time of append by the broker's clock. */
  readonly appendedAtMs: number
}

/** A record at its place in a partition. */
export interface Arrived extends RecordPlace {
  readonly arrival: Arrival
}
