import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FreshetError } from '@freshet/protocol'

/** The same folder from `src/` and from `dist/`. */
export const MIGRATIONS_DIR: string = fileURLToPath(new URL('../../migrations/', import.meta.url))

/** One numbered step of the schema. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sha256: string
  readonly sql: string
  /** True if earlier builds can work on the schema of this step: its author declares it, and a test measures it. */
  readonly expands: boolean
  /** The index that this step builds while others write the table, outside a transaction. */
  readonly concurrent?: ConcurrentIndex
}

/** An index of a step that is marked `-- concurrently`. */
export interface ConcurrentIndex {
  readonly index: string
  readonly table: string
}

/** The lines that begin a file: `-- expand`, `-- concurrently`, or both. */
const MARKS = /^(?:-- (?:expand|concurrently)\n)*/
const COMMENT = /^--.*\n/gm
const ONE_INDEX = /^\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+)\s+ON (\w+)\s[^;]*;\s*$/

/**
 * The steps in `dir`, in order.
 *
 * @throws `database.migration` if a name is not `NNNN_name.sql` or a number is missing or doubled
 */
export async function readMigrations(dir: string = MIGRATIONS_DIR): Promise<readonly Migration[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith('.sql')).toSorted()
  return await Promise.all(files.map((file, index) => readMigration(dir, file, index + 1)))
}

async function readMigration(dir: string, file: string, expected: number): Promise<Migration> {
  const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? []
  if (digits === undefined || name === undefined || Number(digits) !== expected) {
    const number = String(expected).padStart(4, '0')
    throw new FreshetError(
      'database.migration',
      `Migration file ${file} stands where ${number}_name.sql is expected.`,
    )
  }
  const sql = await readFile(join(dir, file), 'utf8')
  const sha256 = createHash('sha256').update(sql).digest('hex')
  const [marks = ''] = MARKS.exec(sql) ?? []
  const step = { number: expected, name, sha256, sql, expands: marks.includes('-- expand\n') }
  if (!marks.includes('-- concurrently\n')) return step
  return { ...step, concurrent: concurrentIndex(file, sql) }
}

/**
 * A build outside a transaction can end half done. So such a step has one statement: a next attempt knows the index
 * that it must remove.
 */
function concurrentIndex(file: string, sql: string): ConcurrentIndex {
  const [, index, table] = ONE_INDEX.exec(sql.replaceAll(COMMENT, '')) ?? []
  if (index !== undefined && table !== undefined) return { index, table }
  const form = 'CREATE INDEX CONCURRENTLY name ON table (…);'
  const message = `Migration file ${file} is marked -- concurrently. It must be one statement: ${form}`
  throw new FreshetError('database.migration', message)
}
