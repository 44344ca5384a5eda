import { createDatabase } from '@freshet/postgres'
import type { Stack } from '../../packages/cli/src/stack/stack.ts'

/** Returns the tables of the stack that contain a text, as text or in bytes, in the order of their names. */
export async function tablesNaming(stack: Stack, text: string): Promise<readonly string[]> {
  const url = stack.at.databaseUrl
  await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
  const all = `
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
      AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`
  const { rows: tables } = await db.query<{ relname: string }>({ name: '', text: all })
  const hex = Buffer.from(text).toString('hex')
  const naming: string[] = []
  for (const { relname } of tables) {
    const holds = `SELECT FROM ${relname} AS t WHERE t::text LIKE $1 OR t::text LIKE $2 LIMIT 1`
    const { rows } = await db.query({ name: '', text: holds }, [`%${text}%`, `%${hex}%`])
    if (rows.length > 0) naming.push(relname)
  }
  return naming
}
