import type { Lag, MeasuredChange, SloJson, SlosAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { lagText } from '../../commands/lag.ts'
import { burnText, sloText } from './slo-text.ts'

const BURN = { window: '5m', good: 10, valid: 10, ratio: 1, rate: 0 }
const level: SloJson = {
  name: 'reduce-complete-2s',
  sli: 'change-complete',
  class: 'reduce',
  thresholdMs: 2_000,
  target: 0.999,
  description: '',
  windowDays: 28,
  good: 9_995,
  valid: 10_000,
  ratio: 0.9995,
  budgetRemaining: 0.5,
  burn: [BURN, { ...BURN, window: '1h', good: 9, ratio: 0.9, rate: 100 }],
  state: 'met',
  alert: null,
}
const silent: SloJson = {
  ...level,
  name: 'grow-complete-60s',
  good: 0,
  valid: 0,
  ratio: null,
  budgetRemaining: null,
  burn: level.burn.map(({ window }) => ({ window, good: 0, valid: 0, ratio: null, rate: null })),
  state: 'no-data',
}
const spent: SloJson = { ...level, name: 'coverage-15m', budgetRemaining: -2, state: 'breached' }
const young: SloJson = {
  ...level,
  name: 'edge-fresh-5s',
  budgetRemaining: 0.9,
  measuredMs: 300_000,
}
const answer: SlosAnswer = {
  apiVersion: 'freshet.dev/v1',
  items: [silent, level, young, spent],
  latest: null,
  measuredAt: '2026-11-24T10:00:00.000Z',
}

describe('service levels', () => {
  it('stand with the least budget first, and those without data last, marked as such', () => {
    expect(sloText(answer)).toBe(
      `
SERVICE LEVEL       STATE     GOOD     OF    RATIO  TARGET  BUDGET LEFT      WINDOW
coverage-15m        breached  9995  10000  99.95 %  99.9 %        spent        28 d
reduce-complete-2s  met       9995  10000  99.95 %  99.9 %         50 %        28 d
edge-fresh-5s       met       9995  10000  99.95 %  99.9 %         90 %  5m of 28 d
grow-complete-60s   no data      0      0        -  99.9 %            -        28 d
measured 2026-11-24T10:00:00.000Z
`.trim(),
    )
  })

  it('end with the change that was measured last, to the millisecond', () => {
    const latest: MeasuredChange = {
      kind: 'change',
      id: 'hr-1',
      tenant: 'acme',
      source: 'hr',
      class: 'reduce',
      origin: 'live',
      appendedAt: '2026-11-24T09:59:58.000Z',
      measuredAt: '2026-11-24T09:59:59.000Z',
      completeMs: 1_037,
      edges: 2,
      slowest: 'sidecar:2',
      missing: [],
    }
    const lineOf = (more: Partial<MeasuredChange>): string | undefined =>
      sloText({ ...answer, latest: { ...latest, ...more } })
        .split('\n')
        .at(-2)
    const begin = 'latest change: hr-1 (reduce): '
    expect(lineOf({})).toBe(`${begin}complete at 2 edges 1037 ms after its append`)
    expect(lineOf({ isUpperBound: true })).toContain('edges at most 1037 ms after')
    expect(lineOf({ completeMs: null, missing: ['sidecar'] })).toBe(
      `${begin}not complete: sidecar continued to serve`,
    )
    expect(lineOf({ edges: 0, slowest: null })).toBe(`${begin}no edge was counted`)
  })

  it('print how fast each burns, window by window', () => {
    expect(burnText(answer)).toBe(
      `
SERVICE LEVEL       STATE       5m      1h
coverage-15m        breached  0.00  100.00
reduce-complete-2s  met       0.00  100.00
edge-fresh-5s       met       0.00  100.00
grow-complete-60s   no data      -       -
measured 2026-11-24T10:00:00.000Z
`.trim(),
    )
  })

  it('can be none, and then the reason is printed', () => {
    const none = { ...answer, items: [] }
    expect([sloText(none), burnText(none)]).toEqual([
      expect.stringContaining('FRESHET_SLOS'),
      expect.stringContaining('FRESHET_SLOS'),
    ])
  })
})

describe('lag', () => {
  const behind = { partition: 0, position: '41', head: '42', records: '1', behindMs: 12.4 }
  const away = { partition: 3, position: '7', head: null, records: null, behindMs: null }
  const lag: Lag = {
    apiVersion: 'freshet.dev/v1',
    recording: [behind, away],
    edges: [{ edge: 'sidecar', standing: 'synced', ...behind }],
  }

  it('is shown for recording and for edges, in records and in time', () => {
    expect(lagText(lag)).toBe(
      `
READER     PARTITION  POSITION     HEAD  RECORDS      LAG
recording  0 control        41       42        1    12 ms
recording  3                 7  unknown  unknown  unknown

EDGE     PARTITION  POSITION  HEAD  RECORDS    LAG  STATUS
sidecar  0 control        41    42        1  12 ms  synced
`.trim(),
    )
  })

  it('is not shown before a reconciler has run and an edge has reported', () => {
    expect(lagText({ ...lag, recording: [], edges: [] })).toBe(
      'no reconciler has run yet\n\nno edge has reported within the last hour',
    )
  })
})
