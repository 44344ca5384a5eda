import { describe, expect, it } from 'vitest'
import { denialLifeMs } from './denial-life.ts'

const terms = { keptMs: 4_200_000, skewMs: 10_000 }
const ordered = { occurredAtMs: 1_000_000 }

describe('the life of a denial at an edge (rules 23 and 25)', () => {
  it('is the life that its token has left, with the skew of clocks', () => {
    const stated = { ...ordered, kind: 'token', expMs: 1_300_000 } as const
    expect(denialLifeMs(stated, terms)).toBe(310_000)
  })

  it('is as long as any token lives where the record names no end, and for a session', () => {
    expect(denialLifeMs({ ...ordered, kind: 'token' }, terms)).toBe(4_200_000)
    const session = { ...ordered, kind: 'session', expMs: 1_000_001 } as const
    expect(denialLifeMs(session, terms)).toBe(4_200_000)
  })

  it('has bounds: an end far away is cut, and one that has passed leaves the skew', () => {
    const far = { ...ordered, kind: 'token', expMs: 9e15 } as const
    expect(denialLifeMs(far, terms)).toBe(4_200_000)
    const past = { ...ordered, kind: 'token', expMs: 0 } as const
    expect(denialLifeMs(past, terms)).toBe(10_000)
  })

  it.each(['key', 'issuer'] as const)('has no end for a %s, whatever the record names', (kind) => {
    expect(denialLifeMs({ ...ordered, kind, expMs: 1_000_001 }, terms)).toBe(Infinity)
  })
})
