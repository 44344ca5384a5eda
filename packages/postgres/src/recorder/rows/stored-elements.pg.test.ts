import fc from 'fast-check'
import { valueKey, type ClaimState, type ClaimValue } from '@freshet/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { readElements, storedElements } from './stored-elements.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase({ migrated: false })
})
afterAll(() => database.drop())

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''))
const value = fc.oneof<fc.Arbitrary<ClaimValue>[]>(
  text,
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\\"',
    '": ["',
    '", "',
    '", ',
    '], ',
    '": ["1", "2", true], "',
    '}',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.boolean(),
)
const digits = fc.bigInt({ min: -1n, max: 10n ** 18n - 1n })
const element = fc.record({
  value,
  present: fc.boolean(),
  version: fc.record({ epoch: digits, n: digits }),
})
const elements: fc.Arbitrary<ClaimState['elements']> = fc
  .array(element, { maxLength: 8 })
  .map((list) => new Map(list.map((one) => [valueKey(one.value), one])))

const echo = { name: 'test-elements', text: 'SELECT $1::jsonb::text AS text' }

it('elements are read from their column as they were written, whatever their values hold', async () => {
  await fc.assert(
    fc.asyncProperty(elements, async (written) => {
      const { rows } = await database.db.query<{ text: string }>(echo, [storedElements(written)])
      expect(readElements(rows[0]?.text ?? '')).toEqual(written)
    }),
    { numRuns: 500 },
  )
})

it('elements in a form that Postgres does not write are an error, and not an endless loop', () => {
  expect(() => readElements('{"a":1}')).toThrow('unknown form')
})
