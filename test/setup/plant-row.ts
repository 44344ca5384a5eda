import type { Queryable } from '@freshet/postgres'

type Column = { readonly name: string; readonly type: string; readonly needed: boolean }

/** Returns a value of a type, for a column that must have one. */
function fillerOf({ name, type }: Column): string {
  if (type.endsWith('[]') || type === 'jsonb') return '{}'
  if (type === 'boolean') return 'false'
  if (type === 'bytea') return ''
  if (type === 'integer' || type === 'bigint') return '1'
  return name
}

/**
 * Inserts a row with these values into a table, and with a filler for each other column that must have a
 * value. A value for a column that the table lacks is left out. `catalogue` reads the columns.
 */
export async function plantRow(
  { db, catalogue = db }: { readonly db: Queryable; readonly catalogue?: Queryable },
  table: string,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const text = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type,
      attnotnull AND NOT atthasdef AS needed
    FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '' AND attidentity = ''`
  const { rows } = await catalogue.query<Column & Record<string, unknown>>({ name: '', text }, [
    table,
  ])
  const columns = rows.filter(({ name, needed }) => needed || name in given)
  const names = columns.map(({ name }) => name).join(', ')
  const places = columns.map(({ type }, at) => `$${at + 1}::${type}`).join(', ')
  const values = columns.map((column) => given[column.name] ?? fillerOf(column))
  const insert = `INSERT INTO ${table} (${names}) VALUES (${places})`
  await db.query({ name: '', text: insert }, values)
}
