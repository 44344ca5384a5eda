import type { Checkpoint, SignatureVerdict } from '../checkpoint/checkpoint.ts'

/** A record that is not a checkpoint. `hash` covers key, value and all headers. */
export interface RecordRead<R> {
  readonly kind: 'record'
  readonly offset: bigint
  readonly hash: string
  readonly record: R
}

/**
 * A record in the form of a checkpoint. `hash` is its identity (over the signed bytes).
 *
 * The caller has looked the key up already: an unknown `kid` gets one rate-limited fetch before the event is
 * handed in.
 */
export interface CheckpointRead {
  readonly kind: 'checkpoint'
  readonly offset: bigint
  readonly hash: string
  readonly signature: SignatureVerdict
  readonly checkpoint: Checkpoint
  /** The broker's time of the append: no source has sent a later time. */
  readonly appendedAtMs: number
  readonly nowMonoMs: number
}

/** First offset that the partition still has, and the offset that its next record will get. */
export interface Bounds {
  readonly earliest: bigint
  readonly end: bigint
}

/** An event for a follower of one revocation partition. Times are of the monotonic clock. */
export type FollowEvent<R> =
  | RecordRead<R>
  | CheckpointRead
  /** Everything below `nextOffset` was read: contact, with or without news. */
  | { readonly kind: 'end-reached'; readonly nextOffset: bigint }
  /** The position asked for no longer exists. */
  | { readonly kind: 'offset-lost'; readonly bounds: Bounds; readonly nowMonoMs: number }
  /** Contact was re-established; the next record read may not follow the last one. */
  | { readonly kind: 'reconnect' }
  /** A checkpoint key was revoked: what it signed must be forgotten. */
  | { readonly kind: 'key-revoked' }
  | { readonly kind: 'tick'; readonly nowMonoMs: number }

/** Why an event changed nothing. */
export type IgnoredReason =
  | 'buffered'
  | 'bad-signature'
  | 'unknown-key'
  | 'other-partition'
  | 'records-mismatch'
  | 'repeated'
  | 'nothing-due'

/** The reaction to an event. `records` are applied by max, in the order given. */
export type FollowOutcome<R> =
  /** Nothing to do. */
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }
  /** The batch matched its checkpoint: apply. `path` shows whether the heartbeat counted, if there is one. */
  | {
      readonly kind: 'apply'
      readonly records: readonly R[]
      readonly path: 'none-needed' | 'missing' | 'extended'
    }
  /** Read on from this offset. Never more than once per lease, except when the offset is lost. */
  | { readonly kind: 'resync'; readonly from: bigint }
  /** Forget every watermark of this partition, and start again from the earliest offset. */
  | { readonly kind: 'rebuild' }
