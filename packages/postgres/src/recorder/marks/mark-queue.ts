import type { Statement } from '../../connection/query.ts'

/** A mark that waits: a row of {@link takeMarks}. */
export interface MarkRow {
  readonly id: bigint
  readonly kind: MarkKind
  readonly wide: boolean
  readonly target: string
  readonly cursor: string
  readonly tenant: string
  readonly source: string
  readonly change: string
  readonly partition: number
  /** The last turn, in microseconds since 1970. */
  readonly turn: bigint
}

/** The way in which the tokens of a mark are found. `actor`: tokens in which the subject is an actor. */
export type MarkKind =
  | 'subject'
  | 'actor'
  | 'value'
  | 'tenant'
  | 'client'
  | 'key'
  | 'issuer'
  | 'session'
  | 'token'

/** The number of waiting marks that a search for tenants reads: more only wait in a flood. */
const OLDEST_MARKS = 1_000

/** A condition: the last turn of the mark was after this parameter, in microseconds since 1970. */
const isBehind = (parameter: string): string =>
  `turn > timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond'`

/**
 * A mark of a subject waits while earlier ones of that subject walk. All that wait then share one walk, so marks that
 * arrive one after the other for a subject with very many tokens cost two walks, and not one each.
 */
const IS_FREE = `NOT (m.kind = 'subject' AND m.cursor = '' AND EXISTS (
        SELECT FROM token_mark w WHERE w.target = m.target AND w.kind = 'subject' AND w.cursor > ''))`

/**
 * The tenants of the marks behind $1 that wait longest. `began_us` is the time of the statement. It reads `token_mark_by_age`, so it passes no
 * removed mark of before $1, of any tenant.
 */
export const findTenants: Statement = {
  name: 'mark-find-tenants',
  text: `
    SELECT coalesce(array_agg(DISTINCT tenant) FILTER (WHERE free), '{}') AS tenants,
      count(*) < ${OLDEST_MARKS} AS whole,
      (extract(epoch FROM min(turn)) * 1000000)::bigint AS oldest_us,
      (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS began_us
    FROM (SELECT tenant, turn, ${IS_FREE} AS free FROM token_mark m
      WHERE turn > timestamptz 'epoch' AND ${isBehind('$1')} ORDER BY turn LIMIT ${OLDEST_MARKS}) AS waiting`,
}

/** A row of {@link findTenants}. */
export interface WaitingRow {
  readonly tenants: readonly string[]
  /** True if these are the tenants of all marks that wait. */
  readonly whole: boolean
  /** The last turn of the mark that waits longest; `null`: no mark waits. */
  readonly oldest_us: bigint | null
  readonly began_us: bigint
}

/** The first tenant by name after $1 of which a mark behind $2 is free. */
export const findTenant: Statement = {
  name: 'mark-find-tenant',
  text: `
    SELECT tenant FROM token_mark m WHERE tenant > $1 AND ${isBehind('$2')} AND ${IS_FREE}
    ORDER BY tenant, turn LIMIT 1`,
}

/** At most $3 marks of a tenant ($1) behind $2 that no other process has in hand, the longest waiting first. */
export const takeMarks: Statement = {
  name: 'mark-take',
  text: `
    SELECT id, kind, wide, target, cursor, tenant, source, change, partition,
      (extract(epoch FROM turn) * 1000000)::bigint AS turn
    FROM token_mark m
    WHERE tenant = $1 AND ${isBehind('$2')} AND ${IS_FREE} ORDER BY m.turn LIMIT $3 FOR UPDATE SKIP LOCKED`,
}

/** Marks ($1) that are made. */
export const deleteMarks: Statement = {
  name: 'mark-delete',
  text: `DELETE FROM token_mark WHERE id = ANY($1::bigint[])`,
}

/** Marks ($1 ids) that go on: as which kind ($2), wide or not ($3), behind which token ($4). */
export const moveMarks: Statement = {
  name: 'mark-move',
  text: `
    UPDATE token_mark m SET kind = n.kind, wide = n.wide, cursor = n.cursor,
      turn = statement_timestamp()
    FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::text[]) AS n (id, kind, wide, cursor)
    WHERE m.id = n.id`,
}

/**
 * Adds tokens ($5) to the changes that made them stale: tenants, sources, ids, partitions ($1 to $4). Rows are
 * locked in the order of their ids, as publishing does, and right before the commit: it waits for them.
 */
export const countMarks: Statement = {
  name: 'mark-count',
  text: `
    UPDATE change_log c SET tokens_marked = c.tokens_marked + n.tokens
    FROM (
      SELECT tenant, source, change, partition, sum(tokens)::int AS tokens
      FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[])
        AS row (tenant, source, change, partition, tokens)
      GROUP BY tenant, source, change, partition
      ORDER BY change, tenant, source, partition) n
    WHERE c.id = n.change AND c.tenant = n.tenant AND c.source = n.source
      AND c.partition + 0 = n.partition
    RETURNING c.class, n.tokens`,
}

/** A row of {@link countMarks}. */
export interface CountedRow {
  readonly class: string | null
  readonly tokens: number
}

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
