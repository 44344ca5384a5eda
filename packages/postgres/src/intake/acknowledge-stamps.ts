import type { Statement } from '../connection/query.ts'

/**
 * Records of a feed ($1, $2) in a partition ($3) stand in the topic: ids ($4), numbers ($5), offsets ($6). A
 * row that was given another number since then still waits. The bytes of acknowledged records are not kept
 * here: no gateway produces them again.
 */
export const acknowledgeStamps: Statement = {
  name: 'intake-acknowledge-stamps',
  text: `
    -- Materialized with all of the key: a part of it that is given would be looked up alone, while the
    -- planner takes the tables for empty.
    WITH landed AS MATERIALIZED (
      SELECT $1 AS tenant, $2 AS source, $3::int AS partition, id, number, log_offset
      FROM unnest($4::text[], $5::bigint[], $6::bigint[]) AS row (id, number, log_offset)
    ), gone AS (
      DELETE FROM waiting_record w USING landed l
      WHERE w.tenant = l.tenant AND w.source = l.source AND w.partition = l.partition
        AND w.number = l.number AND w.id = l.id
    )
    UPDATE stamp s SET acknowledged = true, log_offset = l.log_offset
    FROM landed l
    WHERE s.tenant = l.tenant AND s.source = l.source AND s.id = l.id AND s.partition = l.partition
      AND s.number = l.number AND NOT s.acknowledged`,
}
