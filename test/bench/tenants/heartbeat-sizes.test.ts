import { describe, expect, it } from 'vitest'
import { distributionOf } from './heartbeat-sizes.ts'

describe('the distribution of a few sizes', () => {
  it('names sizes that were measured', () => {
    expect(distributionOf([3, 1, 2])).toEqual({ p50: 2, p99: 3, p999: 3, max: 3, n: 3 })
  })

  it('is an error where nothing was measured', () => {
    expect(() => distributionOf([])).toThrow('Nothing was measured.')
  })
})
