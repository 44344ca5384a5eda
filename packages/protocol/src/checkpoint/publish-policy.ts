import {
  FEEDS_STATED_ALONE_MAX,
  HEARTBEAT_INTERVAL_MS,
  LISTS_AGAIN_MS,
  RECORDS_PER_BATCH_MAX,
} from './limits.ts'

/**
 * The rules by which a publisher decides, each with the weaker forms that a model showed to be
 * unsafe or never live. Only simulations build another one than `PUBLISH_POLICY`.
 */
export interface PublishPolicy {
  /** Rule 11: a heartbeat only behind every unpublished row, or behind any batch. */
  readonly heartbeat: 'after-complete-drain' | 'always'
  /** Rules 30 and 49: what to do when the stored head cannot be read back. */
  readonly lostHead: 'start-anew' | 'continue'
  /** Rules 30 and 49: what to do when a key that signed since base is not published any more. */
  readonly revokedKey: 'start-anew' | 'continue'
  /** Rule 44: whether the linked head is read back before the new one is stored. */
  readonly readBack: 'before-store' | 'never'
  /** Rule 47: whether base moves on at all. */
  readonly base: 'moves' | 'stays'
  /** Rule 48: whether records without expiry are published again, and hold base back. */
  readonly permanents: 'again-before-base' | 'once'
  /** So many feeds are stated one by one, by every heartbeat; more are grouped. */
  readonly feedsMax: number
  /**
   * The interval at which a heartbeat repeats the lists of grouped feeds, in milliseconds. It is far below
   * the age of a base.
   */
  readonly listsAgainMs: number
  readonly batchMax: number
  readonly heartbeatIntervalMs: number
}

/** The rules of the protocol. */
export const PUBLISH_POLICY: PublishPolicy = {
  heartbeat: 'after-complete-drain',
  lostHead: 'start-anew',
  revokedKey: 'start-anew',
  readBack: 'before-store',
  base: 'moves',
  permanents: 'again-before-base',
  feedsMax: FEEDS_STATED_ALONE_MAX,
  listsAgainMs: LISTS_AGAIN_MS,
  batchMax: RECORDS_PER_BATCH_MAX,
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
}
