import type { Statement } from '../connection/query.ts'

/**
 * Marks, of at most $3 foreign tokens behind ($1, $2) that live at $4, those that were issued up to the
 * margin after a time of theirs, and those that are denied. Each token looks up its few scopes by key.
 */
export const markForeign: Statement = {
  name: 'issuances-mark-foreign',
  text: `
    WITH chunk AS (
      SELECT issuer, jti, iat_ms, margin_ms, scope_keys, denial_keys, stale_at_ms, exp_ms
      FROM foreign_token WHERE (issuer, jti) > ($1::text, $2::text)
      ORDER BY issuer, jti LIMIT $3),
    open AS (SELECT * FROM chunk WHERE stale_at_ms IS NULL AND exp_ms > $4::bigint),
    hit AS (
      SELECT o.issuer, o.jti, 0 AS n, d.kind || '-denied' AS reason, d.source, d.change
      FROM open o CROSS JOIN LATERAL unnest(o.denial_keys) AS k (key)
        JOIN denial d ON d.denial_key = k.key
      UNION ALL
      SELECT o.issuer, o.jti, k.n, CASE left(w.scope_key, 4)
          WHEN '["s"' THEN 'claim-changed' WHEN '["a"' THEN 'account'
          WHEN '["t"' THEN 'tenant-cut-off' ELSE 'client-cut-off' END,
        coalesce(w.time_source, w.source), coalesce(w.time_change, w.change)
      FROM open o CROSS JOIN LATERAL unnest(o.scope_keys) WITH ORDINALITY AS k (key, n)
        JOIN watermark w ON w.scope_key = k.key
      WHERE o.iat_ms <= w.time_ms + o.margin_ms),
    first AS (SELECT DISTINCT ON (issuer, jti) * FROM hit ORDER BY issuer, jti, n),
    marked AS (
      UPDATE foreign_token t SET stale_at_ms = $4::bigint, stale_reason = f.reason,
        stale_source = f.source, stale_change = f.change
      FROM first f WHERE t.issuer = f.issuer AND t.jti = f.jti AND t.stale_at_ms IS NULL
      RETURNING t.tenant, t.stale_source AS source, t.stale_change AS change),
    counted AS (
      SELECT tenant, source, change, count(*)::int AS tokens FROM marked
      GROUP BY tenant, source, change ORDER BY change, tenant, source),
    logged AS (
      UPDATE change_log c SET tokens_marked = c.tokens_marked + n.tokens FROM counted n
      WHERE c.id = n.change AND c.tenant = n.tenant AND c.source = n.source)
    SELECT (SELECT count(*) FROM chunk) AS seen, (SELECT count(*) FROM marked) AS marked,
      (SELECT issuer FROM chunk ORDER BY issuer DESC, jti DESC LIMIT 1) AS last_issuer,
      (SELECT jti FROM chunk ORDER BY issuer DESC, jti DESC LIMIT 1) AS last_jti`,
}

/** The row of the statement. */
export type MarkForeignRow = Record<string, unknown> & {
  seen: bigint
  marked: bigint
  last_issuer: string | null
  last_jti: string | null
}
