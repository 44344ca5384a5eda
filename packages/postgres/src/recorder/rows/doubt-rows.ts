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
