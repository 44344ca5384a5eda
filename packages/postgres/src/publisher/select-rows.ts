import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { Statement } from '../connection/query.ts'

/** Unpublished rows of a topic ($1) in each of some partitions ($2) in order, at most $3 of each, behind its floor. */
export const selectRows: Statement = {
  name: 'publisher-rows',
  text: `
    SELECT o.id, o.partition, o.record
    FROM unnest($2::int[]) AS asked (partition) CROSS JOIN LATERAL (
      SELECT id, partition, record
      FROM outbox
      WHERE topic = $1 AND partition = asked.partition
        AND id > (SELECT coalesce(max(published_to), 0) FROM publisher
                  WHERE partition = asked.partition)
      ORDER BY id LIMIT $3) AS o
    ORDER BY o.id`,
}

/**
 * Partitions with unpublished rows of a topic ($1), each behind its floor. `LIMIT` makes Postgres look for the
 * row of each partition by itself. As `EXISTS`, and planned while the outbox is empty, it would read the topic
 * from its start.
 */
export const selectWaiting: Statement = {
  name: 'publisher-waiting',
  text: `
    SELECT p.partition FROM publisher p CROSS JOIN LATERAL (
      SELECT FROM outbox o
      WHERE o.topic = $1 AND o.partition = p.partition AND o.id > p.published_to
      ORDER BY o.id LIMIT 1) AS waiting`,
}

/** True if one of some topics ($1) but the revocations' has rows behind the id beside it ($2). */
export const selectForwardWaits: Statement = {
  name: 'publisher-forward-waits',
  text: `
    SELECT EXISTS (
      SELECT FROM unnest($1::text[], $2::bigint[]) AS asked (topic, after) CROSS JOIN LATERAL (
        SELECT FROM outbox o
        WHERE o.topic = asked.topic AND o.topic <> '${REVOCATIONS_TOPIC}' AND o.id > asked.after
        LIMIT 1) AS row) AS waits`,
}

/** Rows of a topic ($1) but the revocations' in any partition, behind an id ($2), at most $3. */
export const selectForwardRows: Statement = {
  name: 'publisher-forward-rows',
  text: `
    SELECT id, partition, record
    FROM outbox WHERE topic = $1 AND topic <> '${REVOCATIONS_TOPIC}' AND id > $2
    ORDER BY id LIMIT $3`,
}

/** A row of either statement. */
export interface OutboxTableRow {
  id: bigint
  partition: number
  /** Packed. */
  record: Buffer
}
