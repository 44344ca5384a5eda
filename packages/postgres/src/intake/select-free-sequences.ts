import type { Statement } from '../connection/query.ts'

/**
 * The first $3 sequences of a feed ($1, $2) without a stamp, from the remembered one on, which
 * is moved to the first that was found. Among the numbers from there on, at most as many are taken
 * as there are rows, so the series is long enough.
 */
export const selectFreeSequences: Statement = {
  name: 'intake-select-free-sequences',
  text: `
    WITH known AS (
      SELECT next_sequence AS first FROM stamp_feed WHERE tenant = $1 AND source = $2
    ), taken AS (
      SELECT count(*) AS count FROM stamp
      WHERE tenant = $1 AND source = $2 AND sequence >= (SELECT first FROM known)
    ), free AS (
      SELECT candidate AS sequence
      FROM known, taken,
        generate_series(known.first, known.first + taken.count + $3::int - 1) AS candidate
      WHERE NOT EXISTS (
        SELECT FROM stamp
        WHERE tenant = $1 AND source = $2 AND sequence = candidate
          AND sequence >= (SELECT first FROM known)
      )
      ORDER BY candidate LIMIT $3::int
    ), moved AS (
      UPDATE stamp_feed SET next_sequence = (SELECT min(sequence) FROM free)
      WHERE tenant = $1 AND source = $2 AND next_sequence < (SELECT min(sequence) FROM free)
    )
    SELECT sequence FROM free ORDER BY sequence`,
}
