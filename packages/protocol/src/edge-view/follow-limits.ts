import { CHECKPOINTS_REMEMBERED_MAX, RECORDS_PER_CHECKPOINT_MAX } from '../checkpoint/limits.ts'

/** The limits of a follower's memory. Only simulations and tests use others than `FOLLOW_LIMITS`. */
export interface FollowLimits {
  /** Records that it holds until their checkpoint is read. A checkpoint that covers more is ignored. */
  readonly ringMax: number
  /** Trusted checkpoints that it remembers, and as many others. */
  readonly checkpointsMax: number
}

/** The limits of every edge. */
export const FOLLOW_LIMITS: FollowLimits = {
  ringMax: RECORDS_PER_CHECKPOINT_MAX,
  checkpointsMax: CHECKPOINTS_REMEMBERED_MAX,
}
