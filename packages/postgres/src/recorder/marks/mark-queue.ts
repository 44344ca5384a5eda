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
