import { expect, it } from 'vitest'
import { said } from './edge-lately.tsx'

const minutes = (...ages: (number | null)[]) =>
  ages.map((oldestViewMs, n) => ({ at: `2026-11-24T10:0${n}:00.000Z`, oldestViewMs }))

it('says in words what the bars show, and how often there is nothing to show', () => {
  expect(said(minutes(40, 5_600, 90))).toBe('Its view was 5.6 s old at most in the last 3 minutes.')
  expect(said(minutes(null, 90, null))).toBe(
    'Its view was 90 ms old at most in the last 3 minutes; in 2 of them it was not live.',
  )
  expect(said(minutes(null))).toBe('Not live in the last 1 minute.')
})
