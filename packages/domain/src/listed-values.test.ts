import { expect, it } from 'vitest'
import type { ClaimChange } from './change.ts'
import { givesUnlisted } from './listed-values.ts'
import type { Claim } from './registry.ts'

const of = (values: Claim['values']): Claim => ({ values }) as Claim
const says = (op: ClaimChange['op'], values: ClaimChange['values']): ClaimChange =>
  ({ op, values }) as ClaimChange

it.each<[string, Claim['values'], ClaimChange, boolean]>([
  ['a listed value', ['a', 'b'], says('set', ['a']), false],
  ['another among listed ones', ['a', 'b'], says('set', ['a', 'c']), true],
  ['another added', ['a', 'b'], says('add', ['c']), true],
  ['a number for its digits', ['7'], says('add', [7]), true],
  ['another taken away', ['a', 'b'], says('remove', ['c']), false],
  ['nothing', ['a'], says('set', []), false],
  ['all taken away', ['a'], says('clear', []), false],
  ['any value where none are listed', undefined, says('set', ['c']), false],
])('%s is given: %j, %j: %s', (_, values, change, expected) => {
  expect(givesUnlisted(of(values), change)).toBe(expected)
})
