import { expect, test } from 'vitest'
import { tightens } from './tightening.ts'

const grant = { polarity: 'grant', shape: 'set' } as const
const restrict = { polarity: 'restrict', shape: 'set' } as const
const scalar = { polarity: 'grant', shape: 'scalar' } as const

test('a granting claim tightens when an element goes, not when one comes', () => {
  expect(tightens(grant, ['a', 'b'], ['a'])).toBe(true)
  expect(tightens(grant, ['a'], ['a', 'b'])).toBe(false)
  expect(tightens(grant, ['a'], ['a'])).toBe(false)
})

test('a restricting claim tightens when an element comes, not when one goes', () => {
  expect(tightens(restrict, ['a'], ['a', 'b'])).toBe(true)
  expect(tightens(restrict, ['a', 'b'], ['a'])).toBe(false)
})

test('a scalar tightens with every change of a value that was there', () => {
  expect(tightens(scalar, ['a'], ['b'])).toBe(true)
  expect(tightens(scalar, ['a'], [])).toBe(true)
  expect(tightens(scalar, [], ['a'])).toBe(false)
})

test('a polarity of a later version tightens with every difference', () => {
  const unknown = { polarity: 'toggle', shape: 'set' } as const
  expect(tightens(unknown, ['a'], ['a', 'b'])).toBe(true)
  expect(tightens(unknown, ['a', 'b'], ['a'])).toBe(true)
})

test('a number and the same digits as text are different values', () => {
  expect(tightens(grant, [1], ['1'])).toBe(true)
})
