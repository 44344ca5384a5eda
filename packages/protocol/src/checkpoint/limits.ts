/**
 * Most records that one checkpoint covers on the wire (n_max). An edge keeps so many records until it reads their
 * checkpoint, and ignores a checkpoint that covers more. Deployed edges have this number, so it never falls.
 */
export const RECORDS_PER_CHECKPOINT_MAX = 500

/**
 * Most records that a publisher puts into one batch. It is at most {@link RECORDS_PER_CHECKPOINT_MAX} of the
 * oldest supported version of the edge, so every supported edge applies every batch.
 */
export const RECORDS_PER_BATCH_MAX = 500

/** Most bytes of one batch: half of what the topic takes in one produce request. */
export const BATCH_BYTES_MAX: number = 512 * 1024

/** Most checkpoints that a reader remembers in one partition: 50 a second for more than an hour. */
export const CHECKPOINTS_REMEMBERED_MAX = 200_000

/** An owner that has not renewed for this long has lost its partition, by the database's clock. */
export const OWNERSHIP_MS = 3_000

/** A publisher with nothing to publish still emits a heartbeat this often. */
export const HEARTBEAT_INTERVAL_MS = 1_000

/** A publisher states so many feeds of a partition one by one; more are grouped. */
export const FEEDS_STATED_ALONE_MAX = 24

/**
 * Everything that heartbeats state of grouped feeds is stated again this often, the lists of tenants too. It is far
 * below the age of a base, so an edge that starts at the base reads each list.
 */
export const LISTS_AGAIN_MS = 60_000

/** The largest difference between the times of tenants in one group, as a share of their source's lease. */
export const GROUP_SPREAD_SHARE = 0.25

/** Under load, batches of one partition are at least this far apart. */
export const BATCH_SPACING_MS = 20

/** Most rows that one publication takes from the outbox; more means no heartbeat this time. */
export const ROWS_PER_PUBLICATION_MAX = 20_000
