import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { BenchContext } from '../scenario.ts'

/** A row of a table, without its id. */
type Row = Readonly<Record<string, unknown>>

/**
 * Writes the two rows of a minted token repeatedly under new ids, both in one statement and one transaction.
 * It uses so many connections of pg. Resolves to writes per second.
 */
export async function insertRate(
  context: BenchContext,
  { url, connections }: { readonly url: string; readonly connections: number },
  writes: number,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  try {
    const [token, issuance] = [await newestOf(pool, 'token'), await newestOf(pool, 'issuance')]
    const text =
      `WITH ledger AS (${insertInto('token', token, 2)}) ` +
      insertInto('issuance', issuance, 2 + Object.keys(token).length)
    const values = [...Object.values(token), ...Object.values(issuance)]
    let next = 0
    const connection = async (): Promise<void> => {
      while (next++ < writes)
        await pool.query({ name: 'floor', text, values: [randomUUID(), ...values] })
    }
    const startNs = context.clock.nowNs()
    await Promise.all(Array.from({ length: connections }, connection))
    return (writes * 1e9) / (context.clock.nowNs() - startNs)
  } finally {
    await pool.end()
  }
}

async function newestOf(pool: pg.Pool, table: 'token' | 'issuance'): Promise<Row> {
  const { rows } = await pool.query<Row>(`SELECT * FROM ${table} ORDER BY iat_ms DESC LIMIT 1`)
  const [{ jti, ...row } = { jti: undefined }] = rows
  if (jti === undefined) throw new Error(`No ${table} was recorded.`)
  return row
}

/** The id is the first parameter; the other columns follow from `first` on. */
function insertInto(table: string, row: Row, first: number): string {
  const columns = Object.keys(row)
  const places = columns.map((_, index) => `$${first + index}`)
  return `INSERT INTO ${table} (jti, ${columns.join(', ')}) VALUES ($1, ${places.join(', ')})`
}
