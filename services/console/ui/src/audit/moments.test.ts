import { expect, it } from 'vitest'
import { momentIn, pickedOf } from './moments.ts'

it('a picked moment is that of the address, in whichever zone the browser is', () => {
  const at = '2026-11-24T10:00:05.000Z'
  expect(pickedOf(at)).toMatch(/^2026-11-2\dT\d\d:\d\d:05$/)
  expect(momentIn(pickedOf(at))).toBe(at)
})

it('a moment that is none is left out', () => {
  expect([pickedOf(null), pickedOf('yesterday'), momentIn('')]).toEqual(['', '', null])
})
