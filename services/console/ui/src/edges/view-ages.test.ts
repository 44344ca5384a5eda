import { describe, expect, it } from 'vitest'
import { agesText, shortestLease, topOf, viewAges } from './view-ages.ts'

const minutes = (...ages: (number | null)[]) =>
  ages.map((oldestViewMs, n) => ({ at: `2026-11-24T10:0${n}:00.000Z`, oldestViewMs }))
const textOf = (...ages: (number | null)[]) => agesText(viewAges(minutes(...ages), null))

describe('the age of a view as a text', () => {
  it('has the content of the bars, and the number of minutes without one', () => {
    expect(textOf(40, 5_600, 90)).toBe('Its view was 5.6 s old at most in the last 3 minutes.')
    expect(textOf(null, 90, null)).toBe(
      'Its view was 90 ms old at most in the last 3 minutes; in 2 of them it was not live.',
    )
    expect(textOf(null)).toBe('Not live in the last 1 minute.')
  })

  it('of an edge that is younger than the window begins with its start', () => {
    const young = viewAges(minutes(null, null, 90, 40, null), '2026-11-24T10:02:31.000Z')
    expect(young.minutes).toHaveLength(3)
    expect(agesText(young)).toBe(
      'Its view was 90 ms old at most since its start 3 min ago; in 1 of them it was not live.',
    )
  })

  it('of an edge that has just started shows no fault', () => {
    const first = viewAges(minutes(null, null, null), '2026-11-24T10:02:31.000Z')
    expect(agesText(first)).toBe('Its view is not measured yet.')
  })

  it('of a view that was not verified at first has no age of a day', () => {
    const day = 86_400_000
    const young = viewAges(minutes(null, day, 90), '2026-11-24T10:01:31.000Z')
    expect(agesText(young)).toBe(
      'Its view was 90 ms old at most since its start 2 min ago; in 1 of them it was not verified.',
    )
    expect(textOf(day)).toBe('Its view was never verified in the last 1 minute.')
    expect(topOf(young.minutes, 5_000)).toBeLessThan(day)
  })

  it('of an edge that started again keeps the minutes before', () => {
    const again = viewAges(minutes(70, null, 90), '2026-11-24T10:02:31.000Z')
    expect(again).toEqual({ minutes: minutes(70, null, 90), isSinceStart: false })
  })
})

it('draws the lease even above every age, and an age above the lease whole', () => {
  expect(topOf(minutes(90, null), 10_000)).toBeGreaterThan(10_000)
  expect(topOf(minutes(20_000), 10_000)).toBeGreaterThan(20_000)
})

it('compares with the lease that ends first', () => {
  const source = (name: string, leaseMs: number) => ({ source: name, leaseMs }) as never
  expect(shortestLease([source('iga', 60_000), source('hr', 5_000)])).toMatchObject({
    source: 'hr',
  })
  expect(shortestLease(undefined)).toBeUndefined()
})
