import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventError } from '../changes/event-error.ts'
import { JSON_BYTES_MAX, JSON_VALUES_MAX, parseJson } from './strict-json.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const problemOf = (
  input: Uint8Array,
  limits = {},
): { pointer: string; rule: string } | undefined => {
  try {
    parseJson(input, limits)
    return undefined
  } catch (error) {
    return error instanceof EventError ? error.errors[0] : undefined
  }
}

describe('strict JSON', () => {
  it('reads every document as JSON.parse does, where no member is repeated', () => {
    const hasStrangeNumber = (text: string): boolean =>
      JSON.stringify(JSON.parse(text), (_, value: unknown) =>
        typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
          ? 'strange'
          : value,
      ).includes('strange')
    const isStrange = (text: string): boolean =>
      hasStrangeNumber(text) || /__proto__|\\u0000|\\ud[89a-f]/i.test(text)
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!isStrange(text))
        expect(JSON.stringify(parseJson(bytes(text)))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it('refuses a text with more values than its limit of bytes allows', () => {
    const zeros = (count: number): Uint8Array => bytes(`[${Array(count).fill('0').join(',')}]`)
    const tooMany = { pointer: `/${JSON_VALUES_MAX - 1}`, rule: 'is one value too many' }
    expect(problemOf(zeros(JSON_VALUES_MAX))).toEqual(tooMany)
    // Controls: the list itself is a value, a smaller limit of bytes lowers nothing, and a larger one raises it.
    expect(problemOf(zeros(JSON_VALUES_MAX - 1))).toBeUndefined()
    expect(problemOf(zeros(4_000), { maxBytes: 8_192 })).toBeUndefined()
    expect(problemOf(zeros(JSON_VALUES_MAX), { maxBytes: 2 * JSON_BYTES_MAX })).toBeUndefined()
  })

  it('refuses a text with more values than a reader takes', () => {
    expect(problemOf(bytes('[0,0]'), { maxValues: 2 })).toEqual({
      pointer: '/1',
      rule: 'is one value too many',
    })
    expect(problemOf(bytes('[0,0]'), { maxValues: 3 })).toBeUndefined()
  })

  it('never accepts what JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.5',
      'true',
      'nul',
      ' ',
      '\\',
      '"',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('')
        try {
          parseJson(bytes(text))
        } catch {
          return
        }
        JSON.parse(text)
      }),
    )
  })

  it.each([
    ['a repeated member', '{"a":{"b":1,"b":2}}', '/a/b', /twice/],
    ['a member repeated by another spelling', '{"a":1,"\\u0061":2}', '/a', /twice/],
    ['a member called __proto__', '{"__proto__":{}}', '/__proto__', /no member may have/],
    ['NUL in a string', '["\\u0000"]', '/0', /NUL/],
    ['half of a surrogate pair', '["\\ud800"]', '/0', /surrogate/],
    ['an integer beyond 2^53', '{"n":9007199254740993}', '/n', /2\^53/],
    ['a number without end', '[1e999]', '/0', /2\^53/],
    ['a raw control character', '["\n"]', '/0', /control/],
    ['a byte order mark', '\ufeff{}', '', /not JSON/],
    ['text after the end', '{} {}', '', /not JSON/],
    ['a leading zero', '[01]', '', /not JSON/],
    ['a string without an end', '["a', '/0', /without an end/],
    ['nothing', '', '', /not JSON/],
  ])('refuses %s and names the place', (_, text, pointer, rule) => {
    const problem = problemOf(bytes(text))
    expect(problem?.pointer).toBe(pointer)
    expect(problem?.rule).toMatch(rule)
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(problemOf(Uint8Array.of(0x22, 0xff, 0x22))?.rule).toBe('is not UTF-8')
  })

  it('reads 32 levels and refuses the 33rd', () => {
    const nested = (depth: number): Uint8Array => bytes('['.repeat(depth) + ']'.repeat(depth))
    expect(problemOf(nested(32))).toBeUndefined()
    expect(problemOf(nested(33))?.rule).toBe('is nested deeper than 32')
    expect(problemOf(nested(100_000))?.rule).toBe('is nested deeper than 32')
  })

  it('refuses more bytes than allowed before it reads any', () => {
    expect(problemOf(bytes('[1,2]'), { maxBytes: 4 })?.rule).toBe('has more than 4 bytes')
  })

  it('makes objects that inherit nothing', () => {
    expect(Object.getPrototypeOf(parseJson(bytes('{"constructor":1}')))).toBeNull()
  })
})
