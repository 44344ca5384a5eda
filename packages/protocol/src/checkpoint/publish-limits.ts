import {
  FEEDS_STATED_ALONE_MAX,
  HEARTBEAT_INTERVAL_MS,
  LISTS_AGAIN_MS,
  RECORDS_PER_BATCH_MAX,
} from './limits.ts'

/** The limits and intervals of a publisher. Only simulations and tests use others than `PUBLISH_LIMITS`. */
export interface PublishLimits {
  /** So many feeds are stated one by one, by every heartbeat; more are grouped. */
  readonly feedsMax: number
  /**
   * The interval at which a heartbeat repeats the lists of grouped feeds, in milliseconds. It is far below
   * the age of a base.
   */
  readonly listsAgainMs: number
  /** Records of one batch. */
  readonly batchMax: number
  readonly heartbeatIntervalMs: number
}

/** The limits of every publisher. */
export const PUBLISH_LIMITS: PublishLimits = {
  feedsMax: FEEDS_STATED_ALONE_MAX,
  listsAgainMs: LISTS_AGAIN_MS,
  batchMax: RECORDS_PER_BATCH_MAX,
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
}
