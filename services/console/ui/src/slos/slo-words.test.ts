import type { SloJson } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { badByDay, budgetText, burnText, byNeed, leftText, windowText } from './slo-words.ts'

const letIn = { sli: 'stale-allows', good: 4_429, valid: 4_436, allowed: 3.9 }

describe('a budget as a text', () => {
  it('that is spent has the events behind it, and never a multiple', () => {
    expect(budgetText({ ...letIn, budgetRemaining: -0.79 })).toBe('spent: 7 let in, 3 allowed')
    expect(leftText(-1_656.6)).toBe('spent')
    const many = { ...letIn, sli: 'edge-fresh', good: 0, valid: 1_200, allowed: 1_000 }
    expect(budgetText({ ...many, budgetRemaining: -0.2 })).toBe(
      'spent: 1,200 too old, 1,000 allowed',
    )
  })

  it('that has a rest is a share', () => {
    expect(budgetText({ ...letIn, budgetRemaining: 0.625 })).toBe('62.5 % left')
    expect(budgetText({ ...letIn, budgetRemaining: 0.0001 })).toBe('less than 0.1 % left')
    expect(budgetText({ ...letIn, budgetRemaining: null })).toBe('no data')
  })

  it('names the part of the window that was measured, until all of it was', () => {
    const day = 86_400_000
    expect(windowText({ windowDays: 28, measuredMs: 300_000 })).toBe('5 min of 28 d')
    expect(windowText({ windowDays: 28, measuredMs: 27 * day })).toBe('28 d')
    expect(windowText({ windowDays: 28 })).toBe('28 d')
  })
})

describe('burn as a text', () => {
  const within = (window: string, rate: number | null, at?: number): SloJson['burn'][number] => ({
    window,
    good: 1,
    valid: 1,
    ratio: 1,
    rate,
    alert: at === undefined ? null : { severity: at > 3 ? 'page' : 'ticket', rate: at },
  })

  it('has the window that is nearest to its alert', () => {
    const burn = [
      within('5m', 90),
      within('1h', 6, 13.44),
      within('6h', 3, 5.6),
      within('1d', 0, 2.8),
    ]
    expect(burnText(burn)).toBe('3.0 × in 6h, pages at 5.6 ×')
    expect(burnText([within('1d', 1, 2.8)])).toBe('1.0 × in 1d, opens a ticket at 2.8 ×')
  })

  it('without an alert or without events has no threshold', () => {
    expect(burnText([within('1h', 2)])).toBe('no alert')
    expect(burnText([within('1h', null, 13.44)])).toBe('no data')
  })
})

it('counts bad events by day, and separates a day without any from a day without events', () => {
  const days = badByDay({
    windowDays: 4,
    measuredAt: '2026-11-04T10:00:00.000Z',
    history: [
      { from: '2026-11-02T00:00:00.000Z', good: 10, valid: 13 },
      { from: '2026-11-04T00:00:00.000Z', good: 10, valid: 10 },
    ],
  })
  expect(days).toEqual([undefined, 3, undefined, 0])
})

it('lists objectives that are met after the others, and those without figures last', () => {
  const level = (name: string, state: SloJson['state'], budgetRemaining: number | null) =>
    ({
      name,
      state,
      budgetRemaining,
      alert: name === 'pages' ? 'page' : null,
    }) as SloJson
  const sorted = byNeed([
    level('met', 'met', 0.1),
    level('none', 'no-data', null),
    level('spent', 'breached', -2),
    level('pages', 'burning', 0.4),
  ])
  expect(sorted.map(({ name }) => name)).toEqual(['pages', 'spent', 'met', 'none'])
})
