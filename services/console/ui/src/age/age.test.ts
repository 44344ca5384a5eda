import { describe, expect, it } from 'vitest'
import { isSilentFor } from '../live/silence.ts'
import { msBetween } from './clocks.ts'
import { hideFigures, oldestShown, showFigures } from './figures.ts'

describe('the age of figures', () => {
  const then = { wallMs: 1_000_000, steadyMs: 5_000 }

  it.each([
    ['both clocks went on', { wallMs: 1_002_000, steadyMs: 7_000 }, 2_000],
    ['the machine slept, and one clock with it', { wallMs: 4_600_000, steadyMs: 6_000 }, 3_600_000],
    ['a person set the clock back', { wallMs: 400_000, steadyMs: 9_000 }, 4_000],
    ['a person set it back at once', { wallMs: 400_000, steadyMs: 5_000 }, 0],
  ])('is counted by the clock that counted more: %s', (_, now, ms) => {
    expect(msBetween(then, now)).toBe(ms)
  })

  it('is that of the oldest figures which the page shows', () => {
    const [first, second] = [Symbol('first'), Symbol('second')]
    showFigures(first, then)
    showFigures(second, { wallMs: 1_004_000, steadyMs: 9_000 })
    expect(oldestShown()).toBe(then)
    hideFigures(first)
    expect(oldestShown()?.steadyMs).toBe(9_000)
    hideFigures(second)
    expect(oldestShown()).toBeUndefined()
  })
})

describe('the silence of a stream', () => {
  it('is too long after three missed pings, and not before', () => {
    expect(isSilentFor(6_000)).toBe(false)
    expect(isSilentFor(6_001)).toBe(true)
  })
})
