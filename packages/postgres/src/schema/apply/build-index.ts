import { FreshetError } from '@freshet/protocol'
import type pg from 'pg'
import type { ConcurrentIndex, Migration } from '../migration-files.ts'

/** The time after the server's limit within which its error arrives. */
const ANSWER_MARGIN_MS = 10_000
/** A name belongs to one index of a schema. The row is absent if no index has the name. */
const READ_INDEX = `
  SELECT i.indisvalid AS valid, t.relname::text AS on_table FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  WHERE c.relname = $1 AND c.relnamespace = current_schema()::regnamespace`

/**
 * Builds the index of a step while others read and write its table. A build that failed or was killed leaves an invalid
 * index, which no query uses and each write maintains. It is removed and built again. A valid index is kept: a build
 * had ended before its step was recorded, or a person built it beforehand.
 *
 * The connection keeps other limits afterwards: close it.
 */
export async function buildIndex(
  client: pg.PoolClient,
  { sql }: Migration,
  wanted: ConcurrentIndex,
  buildMs: number,
): Promise<void> {
  // A wait for a lock is part of the build. No statement of others waits behind it.
  await client.query(`SET lock_timeout = 0; SET statement_timeout = ${buildMs}`)
  const found = await readIndex(client, wanted)
  if (found === 'valid') return
  if (found === 'invalid') await run(client, `DROP INDEX CONCURRENTLY ${wanted.index}`, buildMs)
  await run(client, sql, buildMs)
  if ((await readIndex(client, wanted)) === 'valid') return
  throw new FreshetError(
    'invariant.broken',
    `The index ${wanted.index} is not valid after its build.`,
  )
}

async function readIndex(
  client: pg.PoolClient,
  { index, table }: ConcurrentIndex,
): Promise<'valid' | 'invalid' | 'absent'> {
  const { rows } = await client.query<{ valid: boolean; on_table: string }>(READ_INDEX, [index])
  const [row] = rows
  if (row === undefined) return 'absent'
  if (row.on_table === table) return row.valid ? 'valid' : 'invalid'
  const message = `The index ${index} is on the table ${row.on_table}, and a migration builds one with this name on ${table}. Rename it, then run \`freshet db migrate\` again.`
  throw new FreshetError('database.migration', message)
}

async function run(client: pg.PoolClient, text: string, buildMs: number): Promise<void> {
  // The pool's own limit on answers is far below the duration of a build. The server's limit comes first.
  const config = { text, query_timeout: buildMs + ANSWER_MARGIN_MS }
  await client.query(config)
}
