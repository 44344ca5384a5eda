import type { Statement } from '../../connection/query.ts'
import type { MarkRow } from './mark-queue.ts'

/** The ways to the tokens of a mark. */
export type Walk = 'subject' | 'actor' | 'value' | 'session' | 'token' | 'ledger'

/** Which way the tokens of a mark are found. */
export function walkOf({ kind, wide }: Pick<MarkRow, 'kind' | 'wide'>): Walk {
  if (wide || kind === 'tenant' || kind === 'client' || kind === 'key' || kind === 'issuer')
    return 'ledger'
  return kind
}

/** Position of the target of mark `m` in token `t`, as its subject or as an actor; null: it is neither. */
const PARTY = `least(
      CASE WHEN t.subject = m.target THEN t.s END,
      CASE WHEN m.target = ANY(t.actors)
        THEN coalesce(t.actor_positions[array_position(t.actors, m.target)], 0) END)`

/** The condition that mark `m` makes token `t` stale. */
const HITS = `
      CASE m.kind
        WHEN 'value' THEN m.target = ANY(t.value_scopes) AND (t.e, t.c) < (m.e, m.position)
        WHEN 'tenant' THEN t.tenant = m.target AND (t.e, t.c) < (m.e, m.position)
        WHEN 'client' THEN t.client = m.target AND (t.e, t.c) < (m.e, m.position)
        WHEN 'key' THEN t.kid = m.target
        WHEN 'session' THEN t.sid = m.target
        WHEN 'token' THEN t.jti = m.target
        WHEN 'issuer' THEN true
        ELSE CASE WHEN m.claim IS NULL
          THEN ${PARTY} IS NOT NULL AND (t.e, t.c) < (m.e, m.position)
          ELSE m.claim = ANY(t.claims) AND (t.e, ${PARTY}) < (m.e, m.position) END
      END`

/**
 * Reads at most $2 tokens of each walk of the marks $1, which are behind the same cursor where they have the same
 * key, and marks those that a mark makes stale: the first one by its id, in whose order `mark` is kept, so that
 * a token with many marks costs one look. Tokens are locked in the order of their ids, because others mark, too.
 * A row for each mark: how many tokens were read, the last of them, how many the mark made stale, and whether
 * there are tokens that its target acts by.
 */
function walking(walk: Walk, tokens: string, key = 'target'): Statement {
  const isActing = `EXISTS (SELECT FROM token a WHERE a.actors @> ARRAY[w.key] AND a.actors <> '{}')`
  return {
    name: `mark-${walk}`,
    text: `
    WITH mark AS MATERIALIZED (
      SELECT *, ${key} AS key FROM token_mark WHERE id = ANY($1::bigint[]) ORDER BY id),
    walk AS MATERIALIZED (SELECT DISTINCT key, cursor FROM mark),
    seen AS MATERIALIZED (
      SELECT w.key, w.cursor, t.* FROM walk w CROSS JOIN LATERAL (
        SELECT jti, exp_ms, tenant, subject, actors, actor_positions, client, kid, sid, e, s, c,
          claims, value_scopes, stale_at_ms
        FROM token WHERE ${tokens} LIMIT $2) t),
    hit AS (
      SELECT t.jti, t.exp_ms, m.* FROM seen t CROSS JOIN LATERAL (
        SELECT m.id, m.at_ms, m.reason, m.source, m.change FROM mark m
        WHERE m.key = t.key AND m.cursor = t.cursor AND m.tenant = t.tenant AND ${HITS}
        LIMIT 1) m
      WHERE t.stale_at_ms IS NULL
      ORDER BY t.jti, t.exp_ms),
    marked AS (
      UPDATE token t SET stale_at_ms = m.at_ms, stale_reason = m.reason, stale_source = m.source,
        stale_change = m.change
      FROM hit m WHERE t.jti = m.jti AND t.exp_ms = m.exp_ms AND t.stale_at_ms IS NULL
      RETURNING m.id),
    counted AS (SELECT id, count(*)::int AS tokens FROM marked GROUP BY id),
    walked AS MATERIALIZED (
      SELECT w.key, w.cursor, count(s.jti)::int AS seen, max(s.jti) AS last,
        ${walk === 'subject' ? `count(s.jti) < $2 AND ${isActing}` : 'false'} AS acting
      FROM walk w LEFT JOIN seen s ON s.key = w.key AND s.cursor = w.cursor
      GROUP BY w.key, w.cursor)
    SELECT m.id, w.seen, w.last, w.acting, coalesce(c.tokens, 0) AS marked
    FROM mark m JOIN walked w ON w.key = m.key AND w.cursor = m.cursor LEFT JOIN counted c USING (id)`,
  }
}

/** Steps by their way. Tokens of an actor and of a value have no order: of these walks there is one step. */
export const WALKS: Readonly<Record<Walk, Statement>> = {
  subject: walking('subject', 'subject = w.key AND jti > w.cursor ORDER BY jti'),
  actor: walking('actor', `actors @> ARRAY[w.key] AND actors <> '{}'`),
  value: walking('value', 'value_scopes @> ARRAY[w.key]'),
  session: walking('session', 'sid = w.key AND jti > w.cursor ORDER BY jti'),
  token: walking('token', 'jti = w.key'),
  ledger: walking('ledger', 'tenant = w.key AND jti > w.cursor ORDER BY jti', 'tenant'),
}

/** A row of a step. */
export interface WalkedRow {
  readonly id: bigint
  readonly seen: number
  readonly last: string | null
  readonly acting: boolean
  readonly marked: number
}
