import type { LiveChange } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { matches, valuesIn, withChange } from './flow.ts'

const change = (id: string, more: Partial<LiveChange> = {}): LiveChange => ({
  id,
  tenant: 'acme',
  source: 'hr',
  kind: 'claim',
  op: 'remove',
  claim: 'groups',
  class: 'reduce',
  outcome: 'applied',
  isProbe: false,
  tightened: true,
  tokensMarked: 1,
  at: '2026-11-24T10:00:00.000Z',
  state: 'published',
  completeMs: null,
  edges: { applied: 0, awaited: 2 },
  ...more,
})

describe('the flow', () => {
  it('has one row for a change, which changes in its place', () => {
    const rows = [change('c1'), change('c2')].reduce<readonly LiveChange[]>(withChange, [])
    const again = withChange(rows, change('c1', { state: 'applied' }))
    expect(again.map(({ id, state }) => [id, state])).toEqual([
      ['c2', 'published'],
      ['c1', 'applied'],
    ])
  })

  it('tells changes of one id apart by tenant and source', () => {
    const rows = withChange([change('c1')], change('c1', { source: 'iga' }))
    expect(rows).toHaveLength(2)
  })

  it('keeps 200 rows', () => {
    const many = Array.from({ length: 300 }, (_, n) => change(`c${n}`))
    expect(many.reduce<readonly LiveChange[]>(withChange, [])).toHaveLength(200)
  })

  it('is narrowed by any word, by one value of a member, and hides probes', () => {
    const every = { text: '', hasProbes: false }
    expect(matches(change('c1'), { ...every, text: 'REDUCE' })).toBe(true)
    expect(matches(change('c1'), { ...every, text: 'kill' })).toBe(false)
    expect(matches(change('c1'), { ...every, source: 'hr', class: '' })).toBe(true)
    expect(matches(change('c1'), { ...every, source: 'hr', class: 'kill' })).toBe(false)
    expect(matches(change('c1', { isProbe: true }), every)).toBe(false)
    expect(matches(change('c1', { isProbe: true }), { ...every, hasProbes: true })).toBe(true)
  })

  it('offers the values that its rows have, and the selected one', () => {
    const rows = [change('c1'), change('c2', { source: 'iga', class: null })]
    expect(valuesIn(rows, 'source')).toEqual(['hr', 'iga'])
    expect(valuesIn(rows, 'class', 'kill')).toEqual(['kill', 'reduce'])
  })
})
