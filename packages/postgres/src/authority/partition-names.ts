import type { Queryable, Statement } from '../connection/query.ts'

/** Tokens that expire within the same 15 min share a partition of the ledger. */
export const QUARTER_MS = 900_000

/**
 * Partitions, and which parent they are of: the ledger, what is past, or, where a process died in
 * between, none.
 */
const LIST: Statement = {
  name: 'list-token-partitions',
  text: `
    select c.relname as name, parent.relname as parent,
      coalesce(i.inhdetachpending, false) as detaching
    from pg_class c
    join pg_class ledger on ledger.relnamespace = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class parent on parent.oid = i.inhparent
    where ledger.oid = 'token'::regclass and c.relkind = 'r'
      and c.relname ~ '^token_p([0-9]{1,9}|ast_[0-9]{1,9}_[0-9]{1,9})$'
    order by c.relname`,
}

/** A partition of the ledger, `token_p<its quarter>`, or of the past, `token_past_<first quarter>_<end>`. */
export interface TokenPartition {
  readonly name: string
  readonly parent: 'token' | 'token_past' | null
  readonly detaching: boolean
}

/** All of them, by name. */
export async function listPartitions(db: Queryable): Promise<readonly TokenPartition[]> {
  return (await db.query<TokenPartition & Record<string, unknown>>(LIST)).rows
}

/** The earliest expiry of a partition's tokens. */
export function startOf(name: string): number {
  return spanOf(name)[0] * QUARTER_MS
}

/** The time at which the last token of a partition has expired. */
export function endOf(name: string): number {
  return spanOf(name)[1] * QUARTER_MS
}

/** The number of the quarter of an hour that begins at a time or before it. */
export function quarterOf(ms: number): number {
  return Math.floor(ms / QUARTER_MS)
}

function spanOf(name: string): readonly [number, number] {
  const [first = 0, end = first + 1] = (name.match(/\d+/g) ?? []).map(Number)
  return [first, end]
}
