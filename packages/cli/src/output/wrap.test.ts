import { expect, it } from 'vitest'
import { wrapLines } from './format.ts'

it('a line that fits stays, and a longer one is broken at blanks with an indent', () => {
  expect(wrapLines('ab cd\n  ab cd ef gh', 8)).toBe('ab cd\n  ab cd\n      ef\n      gh')
})

it('colours have no width', () => {
  expect(wrapLines('\u001b[31mab\u001b[39m cd', 5)).toBe('\u001b[31mab\u001b[39m cd')
})

it('a part that is longer than a line stays whole: it can be an id', () => {
  expect(wrapLines('id 0123456789', 6)).toBe('id\n    0123456789')
})
