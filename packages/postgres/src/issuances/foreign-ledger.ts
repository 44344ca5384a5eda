import { subjectKey } from '@freshet/protocol'
import type { ForeignLedger } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'

/**
 * Marks, of at most $3 foreign tokens behind ($1, $2) that live at $4, those that were issued up to the
 * margin after a time of theirs, and those that are denied. Each token looks up its few scopes by key.
 */
const markForeign: Statement = {
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
type MarkForeignRow = Record<string, unknown> & {
  seen: bigint
  marked: bigint
  last_issuer: string | null
  last_jti: string | null
}

const SELECT_POSITIONS: Statement = {
  name: 'issuances-select-positions',
  text: 'SELECT partition, next_offset FROM issuance_progress',
}

const UPSERT_POSITION: Statement = {
  name: 'issuances-upsert-position',
  text: `
    INSERT INTO issuance_progress AS p (partition, next_offset) VALUES ($1, $2)
    ON CONFLICT (partition) DO UPDATE SET next_offset = greatest(p.next_offset, excluded.next_offset)`,
}

const INSERT_TOKENS: Statement = {
  name: 'issuances-insert-tokens',
  text: `
    INSERT INTO foreign_token (issuer, jti, tenant, subject, client, audience, kid, iat_ms, exp_ms,
      margin_ms, claims, scope_keys, denial_keys)
    SELECT * FROM json_to_recordset($1::json) AS row (issuer text, jti text, tenant text,
      subject text, client text, audience text, kid text, iat_ms bigint, exp_ms bigint,
      margin_ms bigint, claims text[], scope_keys text[], denial_keys text[])
    ON CONFLICT DO NOTHING`,
}

/** The ledger of foreign tokens in Postgres. */
export function postgresForeignLedger(db: Database): ForeignLedger {
  return {
    async positions() {
      const { rows } = await db.query<{ partition: number; next_offset: bigint }>(SELECT_POSITIONS)
      return new Map(rows.map((row) => [row.partition, row.next_offset]))
    },
    record: (partition, nextOffset, tokens) =>
      inTransaction(db, {}, async (tx) => {
        await Promise.all([
          tokens.length > 0 && tx.query(INSERT_TOKENS, [JSON.stringify(tokens.map(rowOf))]),
          tx.query(UPSERT_POSITION, [partition, nextOffset]),
        ])
      }),
    async mark(cursor, rows, nowMs) {
      const { issuer = '', jti = '' } = cursor ?? {}
      const answer = await db.query<MarkForeignRow>(markForeign, [issuer, jti, rows, nowMs])
      const [found] = answer.rows
      const isEnd = found === undefined || Number(found.seen) < rows
      const next = { issuer: found?.last_issuer ?? '', jti: found?.last_jti ?? '' }
      return { marked: Number(found?.marked ?? 0), cursor: isEnd ? null : next }
    },
  }
}

type Token = Parameters<ForeignLedger['record']>[2][number]

function rowOf({
  subject,
  iatMs,
  expMs,
  marginMs,
  scopeKeys,
  denialKeys,
  ...token
}: Token): object {
  return {
    ...token,
    tenant: subject.tenant,
    subject: subjectKey(subject),
    iat_ms: iatMs,
    exp_ms: expMs,
    margin_ms: marginMs,
    scope_keys: scopeKeys,
    denial_keys: denialKeys,
  }
}
