import type { Statement } from '../connection/query.ts'

/**
 * The id behind which the outbox of a partition is read, of a row of `publisher`. While any transaction of
 * the database is older than a removed row, Postgres keeps that row, and each read from the start of the
 * index would pass it.
 *
 * The floor is exact, so no row comes late. The recorder draws the ids of a partition under the lock of its
 * progress row and holds the lock until it has committed, so ids are committed in their order. The floor is
 * stored in the transaction that stores the head and removes the rows, so a database that is restored to an
 * older copy has the floor that its rows need. If ids began again, as in a copy by logical replication, which
 * does not copy sequences, the floor is 0 until rows are published again.
 */
export const FLOOR = `CASE WHEN published_to <= (SELECT last_value FROM outbox_id_seq)
        THEN published_to ELSE 0 END`

/**
 * Raises the floors of partitions ($2) of a topic ($1), each to the last id that was published ($3), unless a row
 * waits up to there: after a restore one with another record than the published one can have such an id. `LIMIT`
 * makes Postgres look for that row from the floor, also if the statement was planned while the outbox was empty.
 */
export const raisePublishedFloors: Statement = {
  name: 'publisher-raise-floors',
  text: `
    UPDATE publisher p SET published_to = floor.last
    FROM (SELECT partition, last, ${FLOOR} AS id
          FROM unnest($2::int[], $3::bigint[]) AS raised (partition, last)
            JOIN publisher USING (partition)) AS floor
    LEFT JOIN LATERAL (
      SELECT o.id FROM outbox o
      WHERE o.topic = $1 AND o.partition = floor.partition AND o.id > floor.id AND o.id <= floor.last
      ORDER BY o.id LIMIT 1) AS waiting ON true
    WHERE p.partition = floor.partition AND floor.id < floor.last AND waiting.id IS NULL`,
}
