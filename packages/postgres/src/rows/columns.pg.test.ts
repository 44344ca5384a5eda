import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { bools, byteas, columnsOf, float8s, int4s, int8s, jsonbs, texts } from './columns.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase({ migrated: false })
})
afterAll(() => database.drop())

const row = fc.record({
  text: fc.option(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))),
  json: fc.option(fc.dictionary(fc.stringMatching(/^\w*$/), fc.integer())),
  bytes: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
  large: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  ms: fc.option(fc.maxSafeInteger().map(BigInt)),
  small: fc.option(fc.integer()),
  is: fc.option(fc.boolean()),
  real: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
})
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never

const echo = {
  name: 'test-echo',
  text: `SELECT text, json, bytes, large, ms, small, "is", real FROM unnest($1::text[], $2::jsonb[],
    $3::bytea[], $4::bigint[], $5::bigint[], $6::int[], $7::boolean[], $8::float8[])
    AS row (text, json, bytes, large, ms, small, "is", real)`,
}

describe('columns', () => {
  it('arrive as they were, null, empty, negative or beyond ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const columns = columnsOf<Row>(rows, [
          texts(({ text }) => text),
          jsonbs(({ json }) => json && JSON.stringify(json)),
          byteas(({ bytes }) => bytes),
          int8s(({ large }) => large),
          int8s(({ ms }) => (ms === null ? null : Number(ms))),
          int4s(({ small }) => small),
          bools(({ is }) => is),
          float8s(({ real }) => real),
        ])
        const found = await database.db.query<Row & Record<string, unknown>>(echo, columns)
        expect(found.rows).toEqual(rows)
      }),
      { numRuns: 200 },
    )
  })

  it('are refused as data where Postgres cannot hold a text', async () => {
    const [column] = columnsOf(['a\0b'], [texts((text) => text)])
    const statement = { name: 'test-texts', text: 'SELECT unnest($1::text[])' }
    await expect(database.db.query(statement, [column])).rejects.toMatchObject({
      code: 'event.malformed',
    })
  })
})
