import { describe, expect, it } from 'vitest'
import { effectOf, isOnItsWay } from './effect.ts'

describe('the effect of a change', () => {
  const removal = { outcome: 'applied', tightened: true, tokensMarked: 3 }

  it.each([
    [removal, '3 tokens stale'],
    [{ ...removal, tokensMarked: 1 }, '1 token stale'],
    [{ ...removal, marking: 'pending' as const }, '3 tokens stale so far'],
    [{ ...removal, tightened: false, tokensMarked: 0 }, 'takes nothing away'],
    [{ ...removal, outcome: 'late' }, 'ignored: a newer change was known'],
    [{ ...removal, outcome: 'quarantined' }, 'quarantined'],
  ])('of %j is %s', (change, text) => {
    expect(effectOf(change)).toBe(text)
  })
})

describe('a change on its way', () => {
  const at = '2026-11-24T10:00:00.000Z'
  const nowMs = Date.parse(at)
  const published = { at, completeMs: null, state: 'published' }

  it('is no warning for a few seconds', () => {
    expect(isOnItsWay(published, nowMs + 4_999)).toBe(true)
    expect(isOnItsWay(published, nowMs + 5_000)).toBe(false)
    expect(isOnItsWay({ ...published, completeMs: 90, state: 'applied' }, nowMs)).toBe(false)
  })
})
