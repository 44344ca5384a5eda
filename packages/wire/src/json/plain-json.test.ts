import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JSON_DEPTH_MAX, parseJson } from './strict-json.ts'
import { parseRecordJson, plainJson } from './plain-json.ts'

type Result = { readonly value: unknown } | { readonly refused: string }

function resultOf(read: (bytes: Uint8Array) => unknown, text: string): Result {
  try {
    return { value: structuredClone(read(Buffer.from(text))) }
  } catch (error) {
    return { refused: String(error) }
  }
}

const odd = fc.constantFrom(
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":1}',
  '{"__proto__":{}}',
  '{"2":1,"1":2}',
  '["\\u0000"]',
  '["\\ud800"]',
  '["\u007f"]',
  '[9007199254740993]',
  '[9007199254740992]',
  '[999999999999999]',
  '[1e+21]',
  '[1e-7]',
  '[-0]',
  '[1.0]',
  '[01]',
  '{} {}',
  ' {}',
  '\ufeff{}',
  '"e+"',
  '{"constructor":1,"toString":{"valueOf":[]}}',
  '',
)
const nested = fc
  .integer({ min: JSON_DEPTH_MAX - 2, max: JSON_DEPTH_MAX + 2 })
  .map((depth) => '['.repeat(depth) + ']'.repeat(depth))

describe('the quick reader of a record', () => {
  it('reads and refuses what the strict parser does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), odd, nested), (text) => {
        expect(resultOf(parseRecordJson, text)).toEqual(resultOf(parseJson, text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes what JSON.stringify writes of plain texts by itself', () => {
    const plain = { tenant: 'acme', value: ['a', 'ž'], n: 1.5, is: true, none: null }
    expect(plainJson(Buffer.from(JSON.stringify(plain)))).toEqual(plain)
  })

  it('leaves to the strict parser whatever needs care; control: JSON.parse would take it', () => {
    for (const text of ['{"a":1,"a":2}', '{"__proto__":1}', '["\\u0000"]', '[9007199254740993]']) {
      expect(plainJson(Buffer.from(text))).toBeUndefined()
      expect(() => JSON.parse(text) as unknown).not.toThrow()
    }
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseRecordJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('UTF-8')
  })
})
