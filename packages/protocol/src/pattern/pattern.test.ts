import { describe, expect, it } from 'vitest'
import { PATTERN_LENGTH_MAX, PATTERN_STEPS_MAX, stepsOf } from './pattern.ts'
import { readPattern } from './read-pattern.ts'
import { valueTest } from './value-test.ts'

function matches(text: string, value: string): boolean {
  const read = readPattern(text)
  if (!read.ok) throw new Error(read.problem)
  return valueTest(read.pattern)(value)
}

describe('a pattern of values', () => {
  it.each([
    ['[a-z]+:(read|write)', 'invoices:write', true],
    ['[a-z]+:(read|write)', 'invoices:write ', false],
    ['[a-z]+:(read|write)', 'x invoices:write', false],
    ['[a-z]+', '', false],
    ['[a-z]*', '', true],
    ['[a-z][a-z0-9-]{1,3}', 'a-9z', true],
    ['[a-z][a-z0-9-]{1,3}', 'a-9zz', false],
    ['a.b', 'a\nb', true],
    ['a\\.b', 'axb', false],
    ['[^/]+', 'a/b', false],
    ['(a?)*', 'aaa', true],
    ['a|b', 'ab', false],
    ['💧', '💧', true],
    // A class has whole characters, not halves of them.
    ['[💧]', '💧'.slice(0, 1), false],
  ])('%s of %j: %s', (text, value, expected) => {
    expect(matches(text, value)).toBe(expected)
  })

  it.each([
    ['^a$', 'values are compared whole: leave ^ and $ out'],
    ['a$', 'values are compared whole: leave ^ and $ out'],
    ['(a', 'a group is not closed'],
    ['a)', 'a ) closes no group'],
    ['(?:a)', 'a group begins with ?, which has no meaning here'],
    ['(?=a)', 'a group begins with ?, which has no meaning here'],
    ['(a)\\1', '\\1 has no meaning here'],
    ['\\d', '\\d has no meaning here'],
    ['a\\', 'it ends too early'],
    ['[a', 'it ends too early'],
    ['[]', 'a class is empty'],
    ['[z-a]', 'a range has its larger end first'],
    ['[[]', 'a [ stands for itself only behind a backslash'],
    ['a{2,1}', 'a repetition has its larger number first'],
    ['a{x}', 'a { begins no repetition of up to 999'],
    ['a{2', 'a { begins no repetition of up to 999'],
    ['a}', 'a } stands for itself only behind a backslash'],
    ['*a', 'a * stands for itself only behind a backslash'],
    ['a**', 'a repetition is repeated'],
    ['a+?', 'a repetition is repeated'],
    ['a'.repeat(PATTERN_LENGTH_MAX + 1), `it has more than ${PATTERN_LENGTH_MAX} characters`],
    ['((a{99}){99}){99}', `its repetitions make more than ${PATTERN_STEPS_MAX} steps`],
  ])('%s is none', (text, problem) => {
    expect(readPattern(text)).toEqual({ ok: false, problem })
  })

  it('costs a value at most its length times the steps, where a search that backtracks has no end', () => {
    // RegExp takes 2^30 tries for the first of these, and minutes for the others.
    for (const text of ['(a+)+b', '(a|a)*b', '(a*)*b', 'a*a*a*a*a*a*a*a*b']) {
      expect(matches(text, 'a'.repeat(1_024))).toBe(false)
      expect(matches(text, `${'a'.repeat(1_024)}b`)).toBe(true)
    }
  })

  it('may have as many steps as it is limited to', () => {
    const read = readPattern('a{255}')
    expect(read.ok && stepsOf(read.pattern)).toBe(PATTERN_STEPS_MAX - 1)
    expect(readPattern('a{256}').ok).toBe(false)
  })
})
