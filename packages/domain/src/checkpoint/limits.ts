/** Most records that one checkpoint covers (n_max): the size of a reader's ring. */
export const RECORDS_PER_CHECKPOINT_MAX = 500

/** Most bytes of one batch: half of what the topic takes in one produce request. */
export const BATCH_BYTES_MAX: number = 512 * 1024

/** Most checkpoints that a reader remembers in one partition: 50 a second for more than an hour. */
export const CHECKPOINTS_REMEMBERED_MAX = 200_000

/** An owner that has not renewed for this long has lost its partition, by the database's clock. */
export const OWNERSHIP_MS = 3_000

/** A publisher with nothing to publish still emits a heartbeat this often. */
export const HEARTBEAT_INTERVAL_MS = 1_000

/** Under load, batches of one partition are at least this far apart. */
export const BATCH_SPACING_MS = 20

/** Most rows that one publication takes from the outbox; more means no heartbeat this time. */
export const ROWS_PER_PUBLICATION_MAX = 20_000
