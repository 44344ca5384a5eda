import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../docs/pages.ts'

/** Two migrations that were written at the same time have the same number until they are merged. */
it('migrations are numbered from 1 on, without a gap and without a number given twice', () => {
  const files = readdirSync(join(ROOT, 'packages/postgres/migrations')).toSorted()
  expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, at) => at + 1))
})
