import { BURN_WINDOWS, type BurnWindow, type Slo } from '@freshet/protocol/slo'
import { describe, expect, test } from 'vitest'
import type { SloSum } from './sli-store.ts'
import type { SloJson } from '../answers/slo.ts'
import { sloStatuses, spansOf } from './slo-report.ts'

const slo: Slo = {
  name: 'one',
  sli: 'change-complete',
  class: 'reduce',
  thresholdMs: 2_000,
  target: 0.99,
  description: '',
  windowDays: 28,
  alerts: ['page', 'ticket'],
  alertWindows: ['6h', '1d'],
}
const DAY_MS = 86_400_000

/** The same in every span, or by the number of days. */
function statusOf(good: number, valid: number, more: Partial<SloSum> = {}): SloJson | undefined {
  const of = { slo: 'one', origin: 'live' as const, good, valid }
  const sums =
    valid === 0
      ? []
      : spansOf([slo]).map((spanMs) => ({ ...of, spanMs, measuredMs: spanMs, ...more }))
  return sloStatuses([slo], sums)[0]
}

test('a window has the rate from which on this objective alerts, if it alerts by that window', () => {
  const [status] = sloStatuses([{ ...slo, windowDays: 28, alertWindows: ['6h', '1d'] }], [])
  expect(status?.burn.flatMap(({ window, alert }) => (alert ? [[window, alert]] : []))).toEqual([
    ['6h', { severity: 'page', rate: 5.6 }],
    ['1d', { severity: 'ticket', rate: 2.8 }],
  ])
})

describe('a service level', () => {
  test('without a measurement is neither met nor missed', () => {
    const status = statusOf(0, 0)
    expect(status).toMatchObject({
      state: 'no-data',
      ratio: null,
      budgetRemaining: null,
    })
    expect(status?.burn.map(({ window, rate }) => [window, rate])).toEqual([
      ['5m', null],
      ['30m', null],
      ['1h', null],
      ['2h', null],
      ['6h', null],
      ['1d', null],
      ['3d', null],
    ])
  })

  test('is met while its budget lasts', () => {
    expect(statusOf(1_000, 1_000)).toMatchObject({
      state: 'met',
      ratio: 1,
      budgetRemaining: 1,
    })
  })

  test('is breached when the budget is spent', () => {
    const status = statusOf(980, 1_000)
    expect(status).toMatchObject({ state: 'breached', ratio: 0.98, measuredMs: 28 * DAY_MS })
    expect(status?.allowed).toBeCloseTo(10)
    expect(status?.budgetRemaining).toBeCloseTo(-1)
    expect(status?.burn[0]?.rate).toBeCloseTo(2)
  })

  test('is not called breached by fewer bad ones than tell anything', () => {
    expect(statusOf(1, 3)?.state).toBe('burning')
    expect(statusOf(0, 3)?.state).toBe('breached')
  })

  test('burns, and is not breached, where a young installation is bad: most of its window is to come', () => {
    const counts = { good: 5, valid: 30 }
    const young = statusOf(counts.good, counts.valid, { measuredMs: 5 * 60_000 })
    expect(young).toMatchObject({ state: 'burning', measuredMs: 5 * 60_000 })
    expect(young?.budgetRemaining).toBeCloseTo(0.99, 2)
    // Control: the same events of a whole window spend its budget.
    expect(statusOf(counts.good, counts.valid)?.state).toBe('breached')
    expect(statusOf(30, 30, { measuredMs: 5 * 60_000 })?.state).toBe('met')
  })

  test('burns where it is met so far and will not be if this goes on', () => {
    const sums = spansOf([slo]).map((spanMs): SloSum => {
      const valid = spanMs > DAY_MS ? 100_000 : 100
      return { slo: 'one', origin: 'live', spanMs, good: valid - 50, valid, measuredMs: spanMs }
    })
    expect(sloStatuses([slo], sums)[0]).toMatchObject({ state: 'burning' })
  })

  test('tells whom its alert tells, by the rows that it alerts by and no others', () => {
    const bad = (...windows: BurnWindow[]): readonly SloSum[] =>
      spansOf([slo]).map((spanMs) => {
        const isBad = windows.some((window) => BURN_WINDOWS[window] === spanMs)
        return {
          slo: 'one',
          origin: 'live',
          spanMs,
          measuredMs: spanMs,
          good: isBad ? 500 : 1_000,
          valid: 1_000,
        }
      })
    const reportOf = (...windows: BurnWindow[]) => sloStatuses([slo], bad(...windows))[0]
    expect(reportOf('6h', '30m')).toMatchObject({
      state: 'burning',
      alert: 'page',
    })
    expect(reportOf('1d', '2h')).toMatchObject({
      state: 'burning',
      alert: 'ticket',
    })
    // It burns by a row that this objective does not alert by.
    expect(reportOf('1h', '5m')).toMatchObject({ state: 'burning', alert: null })
    expect(reportOf('6h')).toMatchObject({ alert: null })
  })

  test('is about nothing but what is live', () => {
    expect(statusOf(0, 10, { origin: 'probe' })?.state).toBe('no-data')
    expect(statusOf(0, 10, { origin: 'replay' })?.state).toBe('no-data')
  })
})
