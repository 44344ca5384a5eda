import type { Statement } from '../../connection/query.ts'

/**
 * Doubts, joined by `or` in whatever order raising and settling come (rule 20): subject keys ($1),
 * claims ($2), places ($3 e, $4 partition, $5 offset), raised ($6), settled ($7).
 */
export const upsertDoubts: Statement = {
  name: 'recorder-upsert-doubts',
  text: `
    INSERT INTO doubt AS d (subject, claim, e, partition, log_offset, raised, settled)
    SELECT subject, claim, e, partition, log_offset, raised, settled
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::boolean[],
      $7::boolean[]) AS row (subject, claim, e, partition, log_offset, raised, settled)
    ON CONFLICT (subject, claim, e, partition, log_offset) DO UPDATE
      SET raised = d.raised OR excluded.raised, settled = d.settled OR excluded.settled`,
}

/** Settles the doubts of whole claims ($2), by the keys that stand for all subjects ($1), in a partition ($3). */
export const settleDoubts: Statement = {
  name: 'recorder-settle-doubts',
  text: `
    UPDATE doubt SET settled = true
    WHERE subject = ANY($1::text[]) AND claim = ANY($2::text[]) AND partition = $3 AND NOT settled`,
}

/**
 * Forgets the places that settle no doubt of some subjects ($4) and their claims ($5): those that a partition
 * has passed, so nothing can raise a doubt there any more, and those after the first $1 of a claim. The
 * partition $2 moves on to the offset $3. A row that another partition writes now stays until the next time.
 */
export const forgetAhead: Statement = {
  name: 'recorder-forget-ahead',
  text: `
    WITH ahead AS (
      SELECT d.subject, d.claim, d.e, d.partition, d.log_offset, coalesce((d.e, d.log_offset) <
        (p.e, CASE p.partition WHEN $2 THEN $3::bigint ELSE p.next_offset END), false) AS passed
      FROM doubt d LEFT JOIN progress p ON p.partition = d.partition
      WHERE NOT d.raised AND (d.subject, d.claim) IN (SELECT * FROM unnest($4::text[], $5::text[]))
    ), placed AS (
      SELECT *, row_number() OVER (PARTITION BY subject, claim, passed
        ORDER BY e, log_offset, partition) AS place
      FROM ahead
    ), free AS (
      SELECT d.subject, d.claim, d.e, d.partition, d.log_offset
      FROM doubt d JOIN placed USING (subject, claim, e, partition, log_offset)
      WHERE NOT d.raised AND (passed OR place > $1)
      FOR UPDATE OF d SKIP LOCKED
    )
    DELETE FROM doubt d USING free f
    WHERE (d.subject, d.claim, d.e, d.partition, d.log_offset) =
      (f.subject, f.claim, f.e, f.partition, f.log_offset)`,
}
