import type { Statement } from '../../connection/query.ts'

/** The refused records of a feed ($1, $2), by partition. */
export const selectRefusals: Statement = {
  name: 'intake-select-refusals',
  text: `
    SELECT partition, count, latest FROM feed_refusal
    WHERE tenant = $1 AND source = $2 ORDER BY partition`,
}
