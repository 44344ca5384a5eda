import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MIGRATIONS_DIR, readMigrations } from './migration-files.ts'

/** The hash and the name of each step. A database of an earlier build has recorded both. */
const RELEASED = join(MIGRATIONS_DIR, '..', 'migrations.sha256')

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-released-'))
  await cp(MIGRATIONS_DIR, dir, { recursive: true })
})
afterEach(() => rm(dir, { recursive: true }))

const linesOf = async (from: string): Promise<readonly string[]> =>
  (await readMigrations(from)).map(
    ({ number, name, sha256 }) => `${sha256}  ${String(number).padStart(4, '0')}_${name}.sql`,
  )
const released = async (): Promise<readonly string[]> =>
  (await readFile(RELEASED, 'utf8')).trim().split('\n')

it('each migration has the bytes with which it was released; a new one adds its line', async () => {
  expect(await linesOf(MIGRATIONS_DIR)).toEqual(await released())
})

it('control: another comment of a migration is found', async () => {
  const file = join(dir, '0033_edge_groups.sql')
  const sql = await readFile(file, 'utf8')
  await writeFile(file, sql.replace('edges', 'readers'))
  expect(await linesOf(dir)).not.toEqual(await released())
})

it('the file of hashes has the form that sha256sum reads', async () => {
  const [first = ''] = await released()
  const bytes = await readFile(join(MIGRATIONS_DIR, '0001_main_path.sql'))
  expect(first).toBe(`${createHash('sha256').update(bytes).digest('hex')}  0001_main_path.sql`)
})
