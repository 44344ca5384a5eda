import type { Statement } from '../../connection/query.ts'

/**
 * Stamps learned in a partition ($1), so that a restored database does not give them out again (rule 35):
 * tenants ($2), sources ($3), ids ($4), numbers ($5), sequences ($6), content hashes ($7), offsets ($8). A
 * record in the topic was acknowledged, or was appended all the same. A row that waits under another number,
 * given after a restore, goes on waiting: its record fills a hole. Most were acknowledged by their gateway
 * meanwhile: those are read and not locked.
 */
export const upsertStamps: Statement = {
  name: 'recorder-upsert-stamps',
  text: `
    WITH learned AS MATERIALIZED (
      SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bigint[]) AS row (tenant, source, id, number, sequence, content_hash, log_offset)
    ), news AS MATERIALIZED (
      SELECT l.* FROM learned l
      WHERE (SELECT s.acknowledged FROM stamp s
        WHERE s.tenant = l.tenant AND s.source = l.source AND s.id = l.id AND s.partition = $1
      ) IS NOT TRUE
    ), stored AS (
      INSERT INTO stamp AS s (tenant, source, id, partition, number, sequence, content_hash,
        acknowledged, log_offset)
      SELECT tenant, source, id, $1, number, sequence, content_hash, true, log_offset FROM news
      ON CONFLICT (tenant, source, id, partition) DO UPDATE
        SET acknowledged = true, log_offset = excluded.log_offset
        WHERE NOT s.acknowledged AND s.content_hash = excluded.content_hash
          AND s.number = excluded.number
      RETURNING tenant, source, partition, number, id
    )
    DELETE FROM waiting_record w USING stored s
    WHERE w.tenant = s.tenant AND w.source = s.source AND w.partition = s.partition
      AND w.number = s.number AND w.id = s.id`,
}
