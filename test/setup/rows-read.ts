import type { Database, Queryable } from '@freshet/postgres'

const COUNT = {
  name: '',
  text: `SELECT (SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_user_tables
      WHERE relname ~ $1) + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes
      WHERE relname ~ $1) AS read`,
}

/**
 * Returns the number of rows, and entries of their indexes, that `work` reads of the tables whose names
 * match. All of it must go through `worker`, which must have one connection; `catalogue` is allowed to read
 * the statistics of Postgres.
 */
export async function rowsRead(
  { worker, catalogue }: { readonly worker: Database; readonly catalogue: Queryable },
  tables: RegExp,
  work: () => Promise<unknown>,
): Promise<number> {
  const untilNow = async (): Promise<number> => {
    // A connection reports its counts at the end of a statement if this is requested.
    await worker.query({ name: '', text: 'SELECT pg_stat_force_next_flush()' })
    const { rows } = await catalogue.query<{ read: string }>(COUNT, [tables.source])
    return Number(rows[0]?.read)
  }
  const before = await untilNow()
  await work()
  return (await untilNow()) - before
}
