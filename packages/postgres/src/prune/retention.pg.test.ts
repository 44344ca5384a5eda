import { RETENTION, type Retention } from '@freshet/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

/** Tables of the catalogue but partitions, which are kept as what they are partitions of. */
async function tables(): Promise<readonly string[]> {
  const text = `SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname`
  const { rows } = await fresh.db.query<{ name: string }>({ name: '', text })
  return rows.map(({ name }) => name)
}
const kinds: readonly Retention[] = Object.values(RETENTION)
const declared = new Set(kinds.flatMap((kind) => [...kind.tables]))

it('every table is in the table of retention, and nothing else is', async () => {
  expect([...declared].toSorted()).toEqual(await tables())
})

it('control: a table that a migration adds without a lifetime is noticed', async () => {
  await fresh.db.query({ name: '', text: 'CREATE TABLE kept_for_ever (id int)' })
  expect((await tables()).filter((name) => !declared.has(name))).toEqual(['kept_for_ever'])
})
