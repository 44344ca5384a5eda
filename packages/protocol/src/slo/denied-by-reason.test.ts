import { expect, it } from 'vitest'
import { deniedAfter } from './denied-by-reason.ts'

const denied = { stale: 1, unverified: 2, insufficient: 0, other: 3 }
const four = { decisions: { deny: 4 } }

it('denials of a minute are added by reason', () => {
  const first = deniedAfter(undefined, { ...four, denied })
  expect(first).toEqual({ denied })
  expect(deniedAfter(first, { ...four, denied }).denied).toEqual({
    stale: 2,
    unverified: 4,
    insufficient: 0,
    other: 6,
  })
  expect(deniedAfter(first, { decisions: { deny: 0 } })).toEqual({ denied })
})

it('a denial without its reason leaves the reasons of the minute unknown', () => {
  expect(deniedAfter(undefined, four)).toEqual({})
  expect(deniedAfter({ denied }, four)).toEqual({})
  expect(deniedAfter({}, { ...four, denied })).toEqual({})
})
