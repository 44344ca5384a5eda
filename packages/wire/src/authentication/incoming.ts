import type { Change, SourceHeartbeat, Subject } from '@freshet/protocol'
import type { Stamp } from './stamp.ts'

/** The result of reading a record of the change topic. */
export type Incoming =
  | IncomingChange
  | IncomingHeartbeat
  | IncomingHeartbeats
  | UnreadableRecord
  /** No proof of the source is valid: the record changes nothing at all. `rule` never repeats content. */
  | { readonly kind: 'unauthentic'; readonly rule: string }

/** A change that its source signed, or that a gateway stamped for it. */
export interface IncomingChange {
  readonly kind: 'change'
  readonly change: Change
  readonly stamp: Stamp
  readonly contentHash: string
  readonly traceparent?: string
}

/** A source's heartbeat for this partition. */
export interface IncomingHeartbeat {
  readonly kind: 'heartbeat'
  readonly heartbeat: SourceHeartbeat
}

/** A source's heartbeat for this partition and many tenants. */
export interface IncomingHeartbeats {
  readonly kind: 'heartbeats'
  readonly heartbeats: readonly SourceHeartbeat[]
}

/**
 * A record that provably comes from the source, but cannot be read (rule 20). `subject` is present only if
 * its watermarks can be in this partition. `claim` is present if at least that could be read.
 */
export interface UnreadableRecord {
  readonly kind: 'unreadable'
  readonly tenant?: string
  readonly source: string
  readonly id?: string
  readonly subject?: Subject
  readonly claim?: string
  readonly stamp: Stamp
  readonly contentHash: string
  readonly rule: string
}
