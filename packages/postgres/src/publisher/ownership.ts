import type { Statement } from '../connection/query.ts'
import { LAST_ID } from './floor.ts'

/**
 * Takes a partition ($1) for an owner ($2) if no owner renewed within $3 ms of the database's clock. The next
 * generation names this ownership. A floor above the last id is of another sequence, and the outbox is read from its
 * start.
 */
export const takePartition: Statement = {
  name: 'publisher-take',
  text: `
    INSERT INTO publisher AS p (partition, generation, owner, renewed_at)
    VALUES ($1, 1, $2, clock_timestamp())
    ON CONFLICT (partition) DO UPDATE
      SET generation = p.generation + 1, owner = excluded.owner, renewed_at = excluded.renewed_at,
        published_to = CASE WHEN p.published_to <= ${LAST_ID} THEN p.published_to ELSE 0 END
      WHERE p.owner IS NULL OR p.renewed_at < clock_timestamp() - $3 * interval '1 millisecond'
    RETURNING generation`,
}

/** Extends the ownership of a partition ($1) that still has this generation ($2). */
export const renewPartition: Statement = {
  name: 'publisher-renew',
  text: `
    UPDATE publisher SET renewed_at = clock_timestamp()
    WHERE partition = $1 AND generation = $2
    RETURNING generation`,
}

/** Gives a partition ($1) up, if it still has this generation ($2). */
export const releasePartition: Statement = {
  name: 'publisher-release',
  text: `UPDATE publisher SET owner = NULL WHERE partition = $1 AND generation = $2`,
}
