import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@freshet/postgres'
import { freshDatabase, type FreshDatabase } from './database.ts'

const MIGRATIONS = join(import.meta.dirname, '../../packages/postgres/migrations')

/**
 * Creates a database with the steps before the one whose file name has this ending; `migrate` then updates
 * it.
 */
export async function databaseBefore(step: string): Promise<FreshDatabase> {
  const files = (await readdir(MIGRATIONS)).toSorted()
  const index = files.findIndex((file) => file.endsWith(step))
  if (index < 0) throw new Error(`There is no step ${step}.`)
  const fresh = await freshDatabase({ migrated: false })
  const dir = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
  try {
    const before = files.slice(0, index)
    await Promise.all(before.map((file) => copyFile(join(MIGRATIONS, file), join(dir, file))))
    await migrate(fresh.db, dir)
    return fresh
  } finally {
    await rm(dir, { recursive: true })
  }
}
