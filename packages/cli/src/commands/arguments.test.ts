import { describe, expect, it } from 'vitest'
import { readMoment } from './arguments.ts'

describe('a moment', () => {
  it('is an RFC 3339 time', () => {
    expect(readMoment('2026-11-24T10:00:00Z')).toBe(1_795_514_400_000)
    expect(readMoment('2026-11-24T11:00:00.5+01:00')).toBe(1_795_514_400_500)
  })

  it('is so long ago', () => {
    const moment = readMoment('15m')
    const ago = Date.now() - moment
    expect(ago).toBeGreaterThanOrEqual(15 * 60_000)
    expect(ago).toBeLessThan(16 * 60_000)
  })

  it.each(['', 'yesterday', '2026', '15', '-1h', '24.11.2026'])('is not %j', (text) => {
    expect(() => readMoment(text)).toThrow('A time is like')
  })
})
