/**
 * Returns the statement that deletes all rows of tables, which are separated by commas. With few rows it takes a
 * fraction of the time of TRUNCATE, which makes new files for each table and for each index.
 */
export function emptied(tables: string): string {
  const deletes = tables.split(',').map((table, at) => `d${at} AS (DELETE FROM ${table.trim()})`)
  return `WITH ${deletes.join(', ')} SELECT 1`
}
