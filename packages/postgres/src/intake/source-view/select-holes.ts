import type { Statement } from '../../connection/query.ts'

/**
 * The first $3 ranges of sequences of a feed ($1, $2) that have no stamp while a higher one has.
 * Below the remembered sequence every one has a stamp.
 */
export const selectHoles: Statement = {
  name: 'intake-select-holes',
  text: `
    SELECT before + 1 AS first, sequence - 1 AS last
    FROM (
      SELECT sequence, lag(sequence, 1, f.next_sequence - 1) OVER (ORDER BY sequence) AS before
      FROM stamp_feed f
      JOIN stamp s ON s.tenant = f.tenant AND s.source = f.source AND s.sequence >= f.next_sequence
      WHERE f.tenant = $1 AND f.source = $2
    ) AS step
    WHERE sequence > before + 1 ORDER BY sequence LIMIT $3`,
}
