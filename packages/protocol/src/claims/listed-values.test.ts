import { expect, it } from 'vitest'
import type { ClaimChange } from '../changes/change.ts'
import { givesUnlisted, listedTest } from './listed-values.ts'
import type { Claim } from '../registry/registry.ts'

const of = (values: Claim['values'], pattern?: string): Claim => ({ values, pattern }) as Claim
const changeWith = (op: ClaimChange['op'], values: ClaimChange['values']): ClaimChange =>
  ({ op, values }) as ClaimChange

it.each<[string, Claim['values'], ClaimChange, boolean]>([
  ['a listed value', ['a', 'b'], changeWith('set', ['a']), false],
  ['another among listed ones', ['a', 'b'], changeWith('set', ['a', 'c']), true],
  ['another added', ['a', 'b'], changeWith('add', ['c']), true],
  ['a number for its digits', ['7'], changeWith('add', [7]), true],
  ['another taken away', ['a', 'b'], changeWith('remove', ['c']), false],
  ['nothing', ['a'], changeWith('set', []), false],
  ['all taken away', ['a'], changeWith('clear', []), false],
  ['any value where none are listed', undefined, changeWith('set', ['c']), false],
])('%s is given: %j, %j: %s', (_, values, change, expected) => {
  expect(givesUnlisted(of(values), change)).toBe(expected)
})

it.each<[string, ClaimChange['values'][number], string, boolean]>([
  ['one of the form', 'a:b', '[a-z]:[a-z]', true],
  ['one that only begins with it', 'a:b ', '[a-z]:[a-z]', false],
  ['a number of its digits', 7, '[0-9]', false],
  ['any value, by a pattern that cannot be read', '(', '(', false],
])('a claim can have %s, %j of %s: %s', (_, value, pattern, expected) => {
  expect(listedTest(of(undefined, pattern))(value)).toBe(expected)
  expect(listedTest(of(['other'], pattern))(value)).toBe(false)
  expect(listedTest(of([value], pattern))(value)).toBe(expected)
})
