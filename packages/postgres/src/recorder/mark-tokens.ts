import type { Statement } from '../query.ts'

/**
 * Marks outstanding tokens stale at $1 that are labelled below a position of incarnation $2: subject
 * keys ($3), claims ($4, null for all), positions ($5), reasons ($6), tenants ($7), sources ($8) and
 * changes ($9), in the order of the changes. A token belongs to its subject and to its actors, each
 * with a position of its own; of several reasons the first counts, and one that is there stays.
 *
 * `OFFSET 0` keeps the look-ups by index: with fresh partitions, of which nothing is known yet, the
 * planner would rather read the whole ledger (107 ms against 15 ms for 150 marks of 750 tokens in 100,000 rows).
 */
export const markTokens: Statement = {
  name: 'recorder-mark-tokens',
  text: `
    WITH mark AS (
      SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
        $8::text[], $9::text[])
        WITH ORDINALITY AS m (subject, claim, position, reason, tenant, source, change, n)),
    hit AS (
      SELECT t.jti, t.exp_ms, m.* FROM mark m CROSS JOIN LATERAL (
        SELECT jti, exp_ms, e, s, c, claims, stale_at_ms FROM token
        WHERE token.subject = m.subject OFFSET 0) AS t
      WHERE t.stale_at_ms IS NULL
        AND CASE WHEN m.claim IS NULL THEN (t.e, t.c) < ($2::bigint, m.position)
          ELSE m.claim = ANY(t.claims) AND (t.e, t.s) < ($2::bigint, m.position) END
      UNION ALL
      SELECT t.jti, t.exp_ms, m.* FROM mark m CROSS JOIN LATERAL (
        SELECT jti, exp_ms, e, c, claims, stale_at_ms,
          coalesce(actor_positions[array_position(actors, m.subject)], 0) AS s FROM token
        WHERE actors @> ARRAY[m.subject] AND actors <> '{}' OFFSET 0) AS t
      WHERE t.stale_at_ms IS NULL
        AND CASE WHEN m.claim IS NULL THEN (t.e, t.c) < ($2::bigint, m.position)
          ELSE m.claim = ANY(t.claims) AND (t.e, t.s) < ($2::bigint, m.position) END),
    first AS (SELECT DISTINCT ON (jti, exp_ms) * FROM hit ORDER BY jti, exp_ms, n),
    marked AS (
      UPDATE token t SET stale_at_ms = $1, stale_reason = m.reason, stale_source = m.source,
        stale_change = m.change
      FROM first m
      WHERE t.jti = m.jti AND t.exp_ms = m.exp_ms AND t.stale_at_ms IS NULL
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
