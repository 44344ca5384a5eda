import { describe, expect, it } from 'vitest'
import { Wakes } from './wakes.ts'

describe('a process that was stopped', () => {
  it('is noticed before its next tick, and until it has caught up', () => {
    const wakes = new Wakes(0)
    wakes.tick(500)
    expect(wakes.isRecent(75_500)).toBe(true)
    wakes.tick(75_510)
    expect(wakes.isRecent(77_509)).toBe(true)
    wakes.tick(76_000)
    wakes.tick(77_500)
    expect(wakes.isRecent(77_510)).toBe(false)
  })

  it('is none that starts, or that ticks a little late on a busy machine (control)', () => {
    const wakes = new Wakes(0)
    expect(wakes.isRecent(0)).toBe(false)
    wakes.tick(500)
    expect(wakes.isRecent(3_500)).toBe(false)
    wakes.tick(3_500)
    expect(wakes.isRecent(3_500)).toBe(false)
  })
})
