import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { word } from '../../../../test/setup/wire-arbitraries.ts'
import { packRecord, unpackRecord } from './stored-record.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(word, bytes, { noNullPrototype: true }),
})

describe('a stored record', () => {
  it('comes back byte for byte, whatever is absent or empty', () => {
    fc.assert(
      fc.property(record, (stored) => {
        expect(unpackRecord(packRecord(stored))).toEqual(stored)
      }),
    )
  })

  it('has other bytes when anything moves from one part to its neighbour', () => {
    const of = (key: string, value: string): Buffer =>
      packRecord({ key: Buffer.from(key), value: Buffer.from(value), headers: {} })
    expect(of('ab', 'c')).not.toEqual(of('a', 'bc'))
  })
})
