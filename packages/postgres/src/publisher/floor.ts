import type { Statement } from '../connection/query.ts'

/*
 * The floor of a partition is the id behind which its outbox is read: `published_to` of its row of `publisher`.
 * While any transaction of the database is older than a removed row, Postgres keeps that row, and each read from
 * the start of the index would pass it.
 *
 * The floor is exact, so no row comes late. The recorder draws the ids of a partition under the lock of its
 * progress row and holds the lock until it has committed, so ids are committed in their order. The floor is
 * stored in the transaction that stores the head and removes the rows, so a database that is restored to an
 * older copy has the floor that its rows need.
 *
 * Ids begin again in a copy by logical replication, which does not copy sequences. The recorder then sets the
 * floor back in the transaction that adds the row (`insertOutbox`), and the publisher when it takes the partition
 * (`takePartition`). `revealRows` finds whatever a floor hides nevertheless.
 */

/** The last id that was drawn. No floor is raised above it, so an id that is drawn later is not below the floor. */
export const LAST_ID = '(SELECT last_value FROM outbox_id_seq)'

/**
 * Raises the floors of partitions ($2) of a topic ($1), each to the last id that was published ($3), unless a row
 * waits up to there: after a restore one with another record than the published one can have such an id. `LIMIT`
 * makes Postgres look for that row from the floor, also if the statement was planned while the outbox was empty.
 */
export const raisePublishedFloors: Statement = {
  name: 'publisher-raise-floors',
  text: `
    UPDATE publisher p SET published_to = floor.last
    FROM (SELECT partition, last, published_to AS id
          FROM unnest($2::int[], $3::bigint[]) AS raised (partition, last)
            JOIN publisher USING (partition)) AS floor
    LEFT JOIN LATERAL (
      SELECT o.id FROM outbox o
      WHERE o.topic = $1 AND o.partition = floor.partition AND o.id > floor.id AND o.id <= floor.last
      ORDER BY o.id LIMIT 1) AS waiting ON true
    WHERE p.partition = floor.partition AND floor.id < floor.last AND floor.last <= ${LAST_ID}
      AND waiting.id IS NULL`,
}

/**
 * Sets the floor of a partition ($2) of a topic ($1) back before the rows that it hides, records their number and the
 * time, and returns the number, counted up to $3. It reads the rows below the floor, those too that were removed
 * and that an open snapshot keeps.
 */
export const revealRows: Statement = {
  name: 'publisher-reveal-rows',
  text: `
    UPDATE publisher p
    SET published_to = hidden.first - 1, hidden_rows = hidden.rows, hidden_at = clock_timestamp()
    FROM (
      SELECT min(id) AS first, count(*)::int AS rows FROM (
        SELECT id FROM outbox
        WHERE topic = $1 AND partition = $2
          AND id <= (SELECT published_to FROM publisher WHERE partition = $2)
        ORDER BY id LIMIT $3) AS below) AS hidden
    WHERE p.partition = $2 AND p.published_to >= hidden.first
    RETURNING hidden.rows AS rows`,
}
