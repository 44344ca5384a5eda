import type { Statement } from '../query.ts'
import { marking } from './marking.ts'

/**
 * Marks outstanding tokens stale at $1 that are labelled below a position of incarnation $2: subject
 * keys ($3), claims ($4, null for all), positions ($5), reasons ($6), tenants ($7), sources ($8) and
 * changes ($9), in the order of the changes.
 */
export const markTokens: Statement = {
  name: 'recorder-mark-tokens',
  text: `
    WITH mark AS (
      SELECT $1::bigint AS at_ms, $2::bigint AS e, 0 AS batch, 0 AS partition, m.*
      FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::text[])
        WITH ORDINALITY AS m (subject, claim, position, reason, tenant, source, change, n)),
    ${marking}
    SELECT tenant, source, change, count(*) AS marked FROM marked GROUP BY tenant, source, change`,
}

/** A row of {@link markTokens}: how many tokens a change made stale. */
export interface MarkedRow {
  tenant: string
  source: string
  change: string
  marked: bigint
}
