import { readdirSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS_DIR } from './migration-files.ts'
import { migrationStatus } from './migration-status.ts'
import { requireMigrated } from './require-migrated.ts'

let fresh: FreshDatabase
let dir: string

const put = (file: string, sql: string): Promise<void> => writeFile(join(dir, file), sql)

beforeEach(async () => {
  fresh = await freshDatabase({ migrated: false })
  dir = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
  await put('0001_first.sql', 'CREATE TABLE a (id int); CREATE TABLE b (id int);')
})
afterEach(async () => {
  await fresh.drop()
  await rm(dir, { recursive: true })
})

describe('migrate', () => {
  it('applies every pending step in order, once', async () => {
    await put('0002_second.sql', 'ALTER TABLE a ADD COLUMN name text;')
    expect(await migrate(fresh.db, dir)).toEqual(['0001_first', '0002_second'])
    expect(await migrate(fresh.db, dir)).toEqual([])
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ state: 'current', pending: [] })
  })

  it('lets services that start together take turns', async () => {
    const runs = Array.from({ length: 6 }, () => migrate(fresh.db, dir))
    expect((await Promise.all(runs)).flat()).toEqual(['0001_first'])
  })

  it('leaves nothing of a step that fails, and keeps the steps before it', async () => {
    await put('0002_second.sql', 'CREATE TABLE c (id int); SELECT no_such_function();')
    await expect(migrate(fresh.db, dir)).rejects.toMatchObject({ name: 'FreshetError' })
    const status = await migrationStatus(fresh.db, dir)
    expect(status).toEqual({
      state: 'older',
      applied: ['0001_first'],
      pending: ['0002_second'],
      changed: [],
    })
    const text = `SELECT to_regclass('c') IS NULL AS absent`
    expect((await fresh.db.query({ name: 'c', text })).rows).toEqual([{ absent: true }])
  })

  it('brings the schema of this build to an empty database', async () => {
    expect((await migrate(fresh.db)).length).toBeGreaterThan(0)
    await requireMigrated(fresh.db)
  })
})

describe('requireMigrated', () => {
  const refusal = { code: 'database.migration', disposition: 'stop' }

  it('stops a service on an empty database and on an older schema', async () => {
    await expect(requireMigrated(fresh.db, dir)).rejects.toMatchObject(refusal)
    await migrate(fresh.db, dir)
    await put('0002_second.sql', 'SELECT 1')
    await expect(requireMigrated(fresh.db, dir)).rejects.toThrow(/older.*freshet db migrate/)
  })

  it('stops a service, and a migration, on a newer schema', async () => {
    await put('0002_second.sql', 'SELECT 1')
    await migrate(fresh.db, dir)
    await rm(join(dir, '0002_second.sql'))
    await expect(requireMigrated(fresh.db, dir)).rejects.toThrow(/newer/)
    await expect(migrate(fresh.db, dir)).rejects.toMatchObject(refusal)
  })

  it('stops a service when an applied step was edited since', async () => {
    await migrate(fresh.db, dir)
    await put('0001_first.sql', 'CREATE TABLE a (id bigint)')
    await expect(requireMigrated(fresh.db, dir)).rejects.toThrow(/another form of \d{4}_/)
  })

  it.each(['0003_gap.sql', '0001_double.sql', '2_short.sql', '0002_Upper.sql'])(
    'refuses a file named %s after step 1',
    async (file) => {
      await put(file, 'SELECT 1')
      await expect(migrate(fresh.db, dir)).rejects.toMatchObject(refusal)
    },
  )
})

describe('a schema with more steps than a build has', () => {
  /** The files of the next release. A build of before has the steps of this build alone. */
  const release = async (sql: string): Promise<void> => {
    await cp(MIGRATIONS_DIR, dir, { recursive: true, force: true })
    await rm(join(dir, '0001_first.sql'))
    await put(NEXT, sql)
    await migrate(fresh.db, dir)
  }
  const count = readdirSync(MIGRATIONS_DIR).length
  const NEXT = `${String(count + 1).padStart(4, '0')}_next.sql`
  const ADDS = 'CREATE TABLE next_table (id int);'

  it('starts its services and ends its migration if the author declared each of them to be ignored', async () => {
    await release(`-- expand\n${ADDS}`)
    await requireMigrated(fresh.db)
    expect(await migrate(fresh.db)).toEqual([])
    expect(await migrationStatus(fresh.db)).toMatchObject({ state: 'expanded', pending: [] })
  })

  it('refuses them otherwise, also if a later step is declared', async () => {
    await release(ADDS)
    await expect(requireMigrated(fresh.db)).rejects.toThrow(/newer/)
    await put(`${String(count + 2).padStart(4, '0')}_more.sql`, '-- expand\nSELECT 1')
    await migrate(fresh.db, dir)
    await expect(requireMigrated(fresh.db)).rejects.toThrow(/newer/)
    await expect(migrate(fresh.db)).rejects.toMatchObject({ code: 'database.migration' })
  })
})
