import type { Database, Queryable, Statement } from '@freshet/postgres'

const ROWS = {
  name: '',
  text: `SELECT (SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_user_tables
      WHERE relname ~ $1) + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes
      WHERE relname ~ $1) AS read`,
}

const INDEX_PAGES = {
  name: '',
  text: `SELECT coalesce(sum(idx_blks_read + idx_blks_hit), 0) AS read FROM pg_statio_user_indexes
      WHERE relname ~ $1`,
}

interface Reading {
  readonly worker: Database
  readonly catalogue: Queryable
}

/**
 * Returns the number of rows, and entries of their indexes, that `work` reads of the tables whose names
 * match. All of it must go through `worker`, which must have one connection; `catalogue` is allowed to read
 * the statistics of Postgres.
 */
export const rowsRead = (
  by: Reading,
  tables: RegExp,
  work: () => Promise<unknown>,
): Promise<number> => countedBy(ROWS, by, tables, work)

/** Returns the number of index pages that `work` reads: an entry that a condition rejects is part of one. */
export const indexPagesRead = (
  by: Reading,
  tables: RegExp,
  work: () => Promise<unknown>,
): Promise<number> => countedBy(INDEX_PAGES, by, tables, work)

async function countedBy(
  count: Statement,
  { worker, catalogue }: Reading,
  tables: RegExp,
  work: () => Promise<unknown>,
): Promise<number> {
  const untilNow = async (): Promise<number> => {
    // A connection reports its counts at the end of a statement if this is requested.
    await worker.query({ name: '', text: 'SELECT pg_stat_force_next_flush()' })
    const { rows } = await catalogue.query<{ read: string }>(count, [tables.source])
    return Number(rows[0]?.read)
  }
  const before = await untilNow()
  await work()
  return (await untilNow()) - before
}
