import { createDatabase } from '@freshet/postgres'
import type { BenchContext } from '../scenario.ts'

/** Memory for building one index. */
const INDEX_MEMORY = '1GB'
/** Longest wait for one statement: pg would abandon it before the server does. */
const UNLIMITED = { query_timeout: 3_600_000 }

/** A connection without limits of time, for filling and emptying whole tables. */
export interface Bulk {
  run(text: string, values?: readonly unknown[]): Promise<void>
  /** Fills a table without its indexes, and builds them afterwards, which is faster. */
  fill(table: string, text: string, values: readonly unknown[]): Promise<void>
  /** Deletes all rows of a table except those of this condition. */
  keepOnly(table: string, condition: string): Promise<void>
}

/** Opens it; it ends with the scenario. */
export async function openBulk(context: BenchContext, url: string): Promise<Bulk> {
  const client = await openClient(context, url)
  const run = async (text: string, values: readonly unknown[] = []): Promise<void> => {
    await client.query(text, values)
  }
  await run('SET synchronous_commit = off')
  await run(`SET maintenance_work_mem = '${INDEX_MEMORY}'`)
  return {
    run,
    async fill(table, text, values) {
      const indexes = await indexesOf(client, table)
      for (const { drop } of indexes) await run(drop)
      await run(text, values)
      for (const { create } of indexes) await run(create)
      await run(`VACUUM (ANALYZE) ${table}`)
    },
    async keepOnly(table, condition) {
      await run('BEGIN')
      await run(
        `CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM ${table} WHERE ${condition}`,
      )
      await run(`TRUNCATE ${table}`)
      await run(`INSERT INTO ${table} SELECT * FROM kept`)
      await run('COMMIT')
      await run(`VACUUM (ANALYZE) ${table}`)
    },
  }
}

/** One connection whose statements have no time limit. */
export interface Client {
  readonly query: <Row = unknown>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<readonly Row[]>
}

/** Opens a connection that stays open until the scenario ends. */
export async function openClient(context: BenchContext, url: string): Promise<Client> {
  const database = createDatabase({ url, applicationName: 'freshet-bench-bulk', max: 1 })
  const client = await database.pool.connect()
  context.defer(async () => {
    client.release()
    await database.close()
  })
  for (const limit of ['statement', 'lock', 'idle_in_transaction_session'])
    await client.query(`SET ${limit}_timeout = 0`)
  return {
    async query<Row>(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query({ text, values: [...values], ...UNLIMITED })
      return rows as Row[]
    },
  }
}

interface Index {
  readonly drop: string
  readonly create: string
}

/** Returns the statements that drop and create the indexes of a table, its primary key first. */
function indexesOf(client: Client, table: string): Promise<readonly Index[]> {
  return client.query<Index>(
    `SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
        ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
      CASE WHEN c.oid IS NULL THEN replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname,
          pg_get_constraintdef(c.oid)) END AS create
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
    WHERE i.indrelid = $1::regclass ORDER BY i.indisprimary DESC`,
    [table],
  )
}
