import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { Statement } from '../connection/query.ts'
import type { StoredGrant } from '../rows/stored-grants.ts'

/**
 * Everything of each of some partitions ($1) that a publication rests on, rows apart. One statement of a
 * REPEATABLE READ transaction, so that it is one snapshot with the rows (rule 41). The statement reads the
 * candidates for the base that are $3 ms old, at most $2, and one more: it walks from the oldest
 * to the first that is too new. The feeds are read of those partitions that $4 names, in one entry for all tenants
 * with the same state: one heartbeat is for thousands of them.
 */
export const selectPublisherStatus: Statement = {
  name: 'publisher-standing',
  text: `
    SELECT r.partition, r.e, r.next_offset, r.last_hash, r.active_pv, r.active_hash, r.minimum_pv,
      r.foreign_since_ms, r.openings,
      p.generation, p.head_hash, p.head_offset, p.head_at, p.base_hash, p.base_offset,
      (SELECT array(SELECT jsonb_object_keys(p.signers))) AS signers,
      p.map_published_hash, p.map_published_offset, p.map_published_at,
      clock_timestamp() AS taken_at,
      CASE WHEN r.partition = ANY ($4::int[]) THEN (
        SELECT coalesce(json_agg(json_build_array(source, through_ms, halted, beyond, tenants)), '[]')
        FROM (
          SELECT f.source, f.through_ms, f.halted, cardinality(f.beyond) AS beyond,
            json_agg(f.tenant) AS tenants
          FROM feed f WHERE f.partition = r.partition
          GROUP BY f.source, f.through_ms, f.halted, cardinality(f.beyond)) AS alike) END AS feeds,
      (SELECT coalesce(jsonb_agg(jsonb_build_array(
                c.hash, c.log_offset::text, floor(extract(epoch from c.stored_at) * 1000))
                ORDER BY c.log_offset), '[]')
         FROM (
           WITH RECURSIVE candidate AS (
             (SELECT hash, log_offset, stored_at FROM stored_checkpoint
              WHERE partition = r.partition ORDER BY log_offset LIMIT 1)
             UNION ALL
             SELECT next.* FROM candidate, LATERAL (
               SELECT hash, log_offset, stored_at FROM stored_checkpoint
               WHERE partition = r.partition AND log_offset > candidate.log_offset
               ORDER BY log_offset LIMIT 1) AS next
             WHERE candidate.stored_at <= clock_timestamp() - $3 * interval '1 millisecond')
           SELECT hash, log_offset, stored_at FROM candidate
           WHERE stored_at <= clock_timestamp() - $3 * interval '1 millisecond'
           LIMIT $2) c) AS candidates
    FROM progress r JOIN publisher p USING (partition)
    WHERE r.partition = ANY ($1::int[])`,
}

/** Feeds of one source with the same state: their time, whether halted, the size of `beyond`, and their tenants. */
export type FeedsRow = readonly [
  source: string,
  throughMs: number | null,
  halted: boolean,
  beyond: number,
  tenants: readonly string[],
]

/** The row of the statement. */
export interface PublisherStatusRow {
  partition: number
  e: bigint
  next_offset: bigint
  last_hash: string | null
  active_pv: number
  active_hash: string | null
  minimum_pv: number
  foreign_since_ms: bigint | null
  openings: readonly StoredGrant[]
  generation: bigint
  head_hash: string | null
  head_offset: bigint | null
  head_at: Date | null
  base_hash: string | null
  base_offset: bigint | null
  signers: readonly string[]
  map_published_hash: string | null
  map_published_offset: bigint | null
  map_published_at: Date | null
  taken_at: Date
  /** Null where they were not asked for. */
  feeds: readonly FeedsRow[] | null
  candidates: readonly (readonly [string, string, number])[]
}

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
