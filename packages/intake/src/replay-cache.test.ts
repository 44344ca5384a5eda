import { describe, expect, it } from 'vitest'
import { ReplayCache } from './replay-cache.ts'

const assertion = (jti: string, expMs = 60_000) => ({ by: 'source hr', jti, expMs })

describe('ReplayCache', () => {
  it('takes each assertion once, also while late ones are still taken', () => {
    const cache = new ReplayCache()
    cache.use(assertion('1'), 0)
    cache.use({ ...assertion('1'), by: 'source iga' }, 0)
    expect(() => cache.use(assertion('1'), 62_000)).toThrow(/used before/)
  })

  it('holds a bounded number: forgets what expired, else refuses', () => {
    const cache = new ReplayCache(2)
    cache.use(assertion('1'), 0)
    cache.use(assertion('2', 120_000), 0)
    expect(() => cache.use(assertion('3'), 1_000)).toThrow(/Too many/)
    expect(() => cache.use(assertion('3', 150_000), 80_000)).not.toThrow()
  })
})
