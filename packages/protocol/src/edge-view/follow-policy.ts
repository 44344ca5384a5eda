import { CHECKPOINTS_REMEMBERED_MAX, RECORDS_PER_CHECKPOINT_MAX } from '../checkpoint/limits.ts'

/**
 * The rules by which a follower believes, each with the weaker forms that a model showed to be
 * unsafe or never live. Only simulations build another one than `FOLLOW_POLICY`.
 */
export interface FollowPolicy {
  /** Rule 10. */
  readonly generations: 'any' | 'not-older'
  /** Rule 45: which records enter the watermarks. */
  readonly batches: 'matched' | 'hash-unchecked' | 'without-checkpoint'
  /** Rules 19, 45 and 46: what makes a heartbeat count. */
  readonly trust: 'path' | 'line' | 'previous-unchecked'
  /** Rules 31 and 47: where a path may end. */
  readonly anchor: 'named-base' | 'first-checkpoint' | 'genesis'
  /** Rule 38: the effect of a repeated heartbeat on the receipt age. */
  readonly replays: 'ignored' | 'renew'
  /** Rule 38 and 47: reading again from the base when the lease ran out. */
  readonly resync: 'once-per-lease' | 'never'
  /** Rules 18 and 26: what a new incarnation does to `through`. */
  readonly throughOfOlderIncarnation: 'forgotten' | 'kept'
  /** Rule 17. */
  readonly live: 'past-end-seen-at-start' | 'at-once'
  /** Rule 17: which heartbeat beyond the end seen at start shows that the follower has caught up. */
  readonly caughtUp: 'continues-trusted' | 'tells-news' | 'any-authentic'
  readonly ringMax: number
  readonly checkpointsMax: number
}

/** The rules of the protocol. */
export const FOLLOW_POLICY: FollowPolicy = {
  generations: 'any',
  batches: 'matched',
  trust: 'path',
  anchor: 'named-base',
  replays: 'ignored',
  resync: 'once-per-lease',
  throughOfOlderIncarnation: 'forgotten',
  live: 'past-end-seen-at-start',
  caughtUp: 'continues-trusted',
  ringMax: RECORDS_PER_CHECKPOINT_MAX,
  checkpointsMax: CHECKPOINTS_REMEMBERED_MAX,
}
