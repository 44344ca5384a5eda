import type { Statement } from '../connection/query.ts'

/**
 * For each partition ($3) of a feed ($1, $2) its first free numbers, as many as $4 gives, from the remembered
 * one on, which is moved to the first that was found. The floor from which waiting records are read moves
 * with it, to the first record that waits.
 *
 * The floor is exact. It is moved under the lock of the feed, and every number that is given later is a free
 * one, so it is not below the remembered one and not below the floor.
 */
export const selectFreeNumbers: Statement = {
  name: 'intake-select-free-numbers',
  text: `
    -- Materialized: a comparison with what coalesce gives is asked of no index in work for one tenant.
    WITH wanted AS MATERIALIZED (
      SELECT w.partition, w.count, coalesce(known.number, 1) AS first,
        coalesce(known.waits_from, 1) AS waits_from
      FROM unnest($3::int[], $4::int[]) AS w (partition, count)
      LEFT JOIN stamp_free AS known
        ON known.tenant = $1 AND known.source = $2 AND known.partition = w.partition
    ), reach AS (
      SELECT w.partition, w.count, w.first, w.first + w.count - 1 + (
        SELECT count(*) FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = w.partition AND s.number >= w.first
          AND s.number >= 0
      ) AS last
      FROM wanted w
    ), free AS (
      SELECT r.partition, f.number
      FROM reach r CROSS JOIN LATERAL (
        SELECT candidate AS number
        FROM generate_series(r.first, r.last) AS candidate
        WHERE NOT EXISTS (
          SELECT FROM stamp s
          WHERE s.tenant = $1 AND s.source = $2 AND s.partition = r.partition
            AND s.number = candidate AND s.number >= r.first AND s.number >= 0
        )
        ORDER BY candidate LIMIT r.count
      ) AS f
    ), moved AS (
      INSERT INTO stamp_free (tenant, source, partition, number, waits_from)
      SELECT $1, $2, w.partition, f.number, least(f.number, waiting.number)
      FROM wanted w
      JOIN (SELECT partition, min(number) AS number FROM free GROUP BY partition) AS f USING (partition)
      LEFT JOIN LATERAL (
        SELECT r.number FROM waiting_record r
        WHERE r.tenant = $1 AND r.source = $2 AND r.partition = w.partition
          AND r.number >= w.waits_from
        ORDER BY r.number LIMIT 1
      ) AS waiting ON true
      ON CONFLICT (tenant, source, partition) DO UPDATE
        SET number = excluded.number, waits_from = excluded.waits_from
    )
    SELECT partition, number FROM free ORDER BY partition, number`,
}
