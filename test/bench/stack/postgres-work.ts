import type { Database } from '@freshet/postgres'

/** The work of Postgres so far, by its own statistics. */
export interface PostgresWork {
  readonly transactions: number
  /** Inserted, updated and deleted. */
  readonly rows: number
  readonly walBytes: number
  /** Size of the tables that keep reports, with their indexes. */
  readonly edgeTableBytes: number
}

const WORK = `
  SELECT xact_commit AS transactions, tup_inserted + tup_updated + tup_deleted AS rows,
    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS wal,
    (SELECT sum(pg_total_relation_size(name::regclass))::bigint
     FROM unnest(ARRAY['edge', 'edge_apply', 'edge_minute', 'edge_start', 'edge_exposure']) AS name)
      AS tables
  FROM pg_stat_database WHERE datname = current_database()`

/** Reads the statistics. */
export async function postgresWork(database: Database): Promise<PostgresWork> {
  type Row = Readonly<Record<'transactions' | 'rows' | 'wal' | 'tables', bigint>>
  const { rows } = await database.query<Row & Record<string, unknown>>({ name: '', text: WORK })
  const [row] = rows
  if (row === undefined) throw new Error('Postgres tells nothing of its database.')
  return {
    transactions: Number(row.transactions),
    rows: Number(row.rows),
    walBytes: Number(row.wal),
    edgeTableBytes: Number(row.tables),
  }
}
