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
}

/** The first line of a step that earlier builds can ignore. */
const EXPAND = '-- expand\n'

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
  return { number: expected, name, sha256, sql, expands: sql.startsWith(EXPAND) }
}
