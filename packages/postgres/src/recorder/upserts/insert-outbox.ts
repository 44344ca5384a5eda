import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type { Statement } from '../../connection/query.ts'

/**
 * Records to publish, numbered in the order given: topics ($1), partitions ($2), packed records ($3)
 * and the changes behind them ($4 tenant, $5 source, $6 id). If ids began again, a new row can be below the floor
 * of its partition: the floor is then set back before it.
 */
export const insertOutbox: Statement = {
  name: 'recorder-insert-outbox',
  text: `
    WITH added AS (
      INSERT INTO outbox (topic, partition, record, tenant, source, change)
      SELECT topic, partition, record, tenant, source, change
      FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[])
        WITH ORDINALITY AS row (topic, partition, record, tenant, source, change, n)
      ORDER BY n
      RETURNING topic, partition, id)
    UPDATE publisher p SET published_to = first.id - 1
    FROM (
      SELECT partition, min(id) AS id FROM added WHERE topic = '${REVOCATIONS_TOPIC}'
      GROUP BY partition) AS first
    WHERE p.partition = first.partition AND p.published_to >= first.id`,
}
