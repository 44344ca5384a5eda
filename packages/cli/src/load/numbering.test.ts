import { expect, it } from 'vitest'
import { GAPS_MAX, numberingOf } from '../commands/sources/source-load.ts'

it('is that of the gateway where the source does not number', () => {
  expect(numberingOf({})).toBeUndefined()
})

it('goes on where the source stopped', () => {
  expect(numberingOf({ next: '7', above: '7', holes: [] })).toEqual({ gaps: [], from: 7n })
  expect(numberingOf({ next: '7' })).toEqual({ gaps: [], from: 7n })
})

it('begins with what never came, and goes on above all', () => {
  const gaps = [
    { from: '2', to: '3' },
    { from: '5', to: '5' },
  ]
  expect(numberingOf({ next: '2', above: '9', holes: gaps })).toEqual({
    gaps: [2n, 3n, 5n],
    from: 9n,
  })
})

it('is refused if more is missing than the limit or than can be made up for', () => {
  const many = [{ from: '2', to: String(GAPS_MAX + 2) }]
  expect(() => numberingOf({ next: '2', above: '9', holes: many })).toThrow(
    'Too many sequence numbers',
  )
  const ranges = Array.from({ length: 20 }, () => ({ from: '2', to: '2' }))
  expect(() => numberingOf({ next: '2', above: '9', holes: ranges })).toThrow(
    'Too many sequence numbers',
  )
})
