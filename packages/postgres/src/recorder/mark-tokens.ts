import type { Statement } from '../query.ts'

/**
 * Marks outstanding tokens stale at $1 that are labelled below a position of incarnation $2: subject
 * keys ($3), claims ($4, null for all), positions ($5), reasons ($6), tenants ($7), sources ($8) and
 * changes ($9), in the order of the changes. A token belongs to its subject and to its actors, each
 * with a position of its own; of several reasons the first counts, and one that is there stays.
 */
export const markTokens: Statement = {
  name: 'recorder-mark-tokens',
  text: `
    WITH mark AS (
      SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::text[])
        WITH ORDINALITY AS m (subject, claim, position, reason, tenant, source, change, n)),
    hit AS (
      SELECT t.jti, t.exp_ms, m.n FROM mark m JOIN token t ON t.subject = m.subject
      WHERE t.stale_at_ms IS NULL
        AND CASE WHEN m.claim IS NULL THEN (t.e, t.c) < ($2::bigint, m.position)
          ELSE m.claim = ANY(t.claims) AND (t.e, t.s) < ($2::bigint, m.position) END
      UNION ALL
      SELECT t.jti, t.exp_ms, m.n FROM mark m
      JOIN token t ON t.actors @> ARRAY[m.subject] AND t.actors <> '{}'
      WHERE t.stale_at_ms IS NULL
        AND CASE WHEN m.claim IS NULL THEN (t.e, t.c) < ($2::bigint, m.position)
          ELSE m.claim = ANY(t.claims)
            AND (t.e, coalesce(t.actor_positions[array_position(t.actors, m.subject)], 0))
              < ($2::bigint, m.position) END),
    first AS (
      SELECT DISTINCT ON (jti, exp_ms) jti, exp_ms, n FROM hit ORDER BY jti, exp_ms, n),
    marked AS (
      UPDATE token t SET stale_at_ms = $1, stale_reason = m.reason, stale_source = m.source,
        stale_change = m.change
      FROM first JOIN mark m ON m.n = first.n
      WHERE t.jti = first.jti AND t.exp_ms = first.exp_ms AND t.stale_at_ms IS NULL
      RETURNING m.tenant, m.source, m.change)
    SELECT tenant, source, change, count(*) AS marked FROM marked GROUP BY tenant, source, change`,
}

/** A row of {@link markTokens}: how many tokens a change made stale. */
export interface MarkedRow {
  tenant: string
  source: string
  change: string
  marked: bigint
}
