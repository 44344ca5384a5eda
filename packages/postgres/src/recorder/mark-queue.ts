import type { Statement } from '../query.ts'

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

/** Of marks whose last turn was after $2, in microseconds since 1970. */
const IS_BEHIND = `turn > timestamptz 'epoch' + $2::bigint * interval '1 microsecond'`

/**
 * A mark of a subject waits while earlier ones of that subject walk. All that wait then share one walk, so marks that
 * arrive one after the other for a subject with very many tokens cost two walks, and not one each.
 */
const IS_FREE = `NOT (m.kind = 'subject' AND m.cursor = '' AND EXISTS (
        SELECT FROM token_mark w WHERE w.target = m.target AND w.kind = 'subject' AND w.cursor > ''))`

const firstTenant = (locking: string): string => `
    SELECT found.tenant, (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint AS began_us
    FROM (VALUES (true)) AS one (row) LEFT JOIN LATERAL (
      SELECT tenant FROM token_mark m WHERE tenant > $1 AND ${IS_BEHIND} AND ${IS_FREE}
      ORDER BY tenant, turn, id LIMIT 1 ${locking}) AS found ON true`

/** The first tenant by name after $1 of which a mark behind $2 waits, or null; and when the transaction began. */
export const findTenant: Statement = { name: 'mark-find-tenant', text: firstTenant('') }

/** The same of marks that no other process has in hand. The transaction has the one that it found in hand from here on. */
export const lockTenant: Statement = {
  name: 'mark-lock-tenant',
  text: firstTenant('FOR UPDATE SKIP LOCKED'),
}

/** A row of either statement. */
export interface TenantTurn {
  readonly tenant: string | null
  readonly began_us: bigint
}

/** At most $3 marks of a tenant ($1) behind $2 that no other process has in hand, the longest waiting first. */
export const takeMarks: Statement = {
  name: 'mark-take',
  text: `
    SELECT id, kind, wide, target, cursor, tenant, source, change, partition,
      (extract(epoch FROM turn) * 1000000)::bigint AS turn
    FROM token_mark m
    WHERE tenant = $1 AND ${IS_BEHIND} AND ${IS_FREE} ORDER BY m.turn, id LIMIT $3 FOR UPDATE SKIP LOCKED`,
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
