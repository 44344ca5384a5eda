import { expect, it } from 'vitest'
import { longestLag } from './lag.ts'

const view = (behindMs?: number | null) => ({
  partition: 1,
  applied: '7',
  viewAgeMs: 90,
  records: '5',
  ...(behindMs !== undefined && { behindMs }),
})

it('is the time of the slowest partition, and never a count of records', () => {
  expect(longestLag([view(400), view(2_400)])).toBe('2.4 s')
  expect(longestLag([view(400), view(null)])).toBe('never verified')
  expect(longestLag([view(400), view()])).toBe('unknown')
  expect(longestLag([])).toBe('unknown')
})
