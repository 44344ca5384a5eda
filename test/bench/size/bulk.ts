import pg from 'pg'
import type { BenchContext } from '../scenario.ts'

/** Memory of one index that is built. */
const INDEX_MEMORY = '1GB'

/** A connection without limits of time, for what fills and empties whole tables. */
export interface Bulk {
  run(text: string, values?: readonly unknown[]): Promise<void>
  /** Fills a table while it has no index, and builds its indexes then: that takes a part of the time. */
  fill(table: string, text: string, values: readonly unknown[]): Promise<void>
  /** Empties a table but for the rows of this condition. */
  keepOnly(table: string, condition: string): Promise<void>
}

/** Opens it; it ends with the scenario. */
export async function openBulk(context: BenchContext, url: string): Promise<Bulk> {
  const client = new pg.Client({ connectionString: url, application_name: 'freshet-bench-bulk' })
  await client.connect()
  context.defer(() => client.end())
  const run = async (text: string, values: readonly unknown[] = []): Promise<void> => {
    await client.query(text, [...values])
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

interface Index {
  readonly drop: string
  readonly create: string
}

/** How the indexes of a table are dropped and made, its primary key first. */
async function indexesOf(client: pg.Client, table: string): Promise<readonly Index[]> {
  const { rows } = await client.query<Index>(
    `SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
        ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
      CASE WHEN c.oid IS NULL THEN replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname,
          pg_get_constraintdef(c.oid)) END AS create
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
    WHERE i.indrelid = $1::regclass ORDER BY i.indisprimary DESC`,
    [table],
  )
  return rows
}
