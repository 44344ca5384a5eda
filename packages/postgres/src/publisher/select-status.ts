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
