import { describe, expect, it } from 'vitest'
import { REMEMBERED_MAX_MS, ReplayCache } from './replay-cache.ts'
import { requestsWithin, SOURCE_LIMITS } from './source-budgets.ts'

const assertion = (jti: string, expMs = 60_000) => ({ by: 'source hr', jti, expMs })
const ofIga = (jti: string, expMs = 60_000) => ({ ...assertion(jti, expMs), by: 'source iga' })

describe('ReplayCache', () => {
  it('takes each assertion once, also while late ones are still taken', () => {
    const cache = new ReplayCache(10)
    cache.use(assertion('1'), 0)
    cache.use(ofIga('1'), 0)
    expect(() => cache.use(assertion('1'), 62_000)).toThrow(/used before/)
  })

  it('refuses a source whose share is full, and takes those of another one', () => {
    const cache = new ReplayCache(2)
    cache.use(assertion('1'), 0)
    cache.use(assertion('2'), 0)
    expect(() => cache.use(assertion('3'), 1_000)).toThrow(
      expect.objectContaining({ code: 'limit.reached', retryAfterMs: 1_000 }),
    )
    for (const jti of ['1', '2']) cache.use(ofIga(jti), 1_000)
  })

  it('forgets what expired, and that alone, at whatever time it comes', () => {
    const cache = new ReplayCache(2)
    cache.use(assertion('1'), 0)
    cache.use(assertion('2', 120_000), 0)
    expect(() => cache.use(assertion('3', 150_000), 70_000)).toThrow(/not expired/)
    cache.use(assertion('3', 150_000), 71_000)
    expect(() => cache.use(assertion('2', 120_000), 71_000)).toThrow(/used before/)
    cache.use(assertion('4', 500_000), 400_000)
    cache.use(assertion('5', 500_000), 400_000)
  })

  it('charges what is new before it remembers it, and no replay', () => {
    const cache = new ReplayCache(1)
    const charged: string[] = []
    const broke = () => {
      throw new Error('no budget')
    }
    expect(() => cache.use(assertion('1'), 0, broke)).toThrow('no budget')
    cache.use(assertion('1'), 0, () => charged.push('1'))
    expect(() => cache.use(assertion('1'), 0, () => charged.push('again'))).toThrow(/used before/)
    expect(charged).toEqual(['1'])
  })

  it('has room for all that the limits of a source allow in the time that it remembers', () => {
    const max = requestsWithin(SOURCE_LIMITS, REMEMBERED_MAX_MS)
    expect(max).toBe(166_500)
    const cache = new ReplayCache(max)
    for (let n = 0; n < max; n += 1) cache.use(assertion(`${n}`), 0)
    expect(() => cache.use(assertion('one more'), 0)).toThrow(/not expired/)
  })
})
