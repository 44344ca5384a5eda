import { describe, expect, it } from 'vitest'
import { fittedHours, heatOf, spansInWords } from './heat-cells.ts'

const boundsMs = [1, 2, 5, 10, 25, 50, 100, 250]
const FROM = '2026-11-24T10:00:00.000Z'
const LATER = '2026-11-24T10:30:00.000Z'
const drawn = { from: FROM, stepMs: 900_000, steps: 4, boundsMs }
/** So many changes by bucket. */
const span = (from: string, more: Readonly<Record<number, number>>) => ({
  from,
  counts: Array.from({ length: boundsMs.length + 1 }, (_, bucket) => more[bucket] ?? 0),
})

describe('a drawing of where time goes', () => {
  it('has a column for each span and a row for each bucket between the fastest and the slowest', () => {
    const heat = heatOf({ spans: [span(FROM, { 1: 8 }), span(LATER, { 1: 2, 6: 1 })] }, drawn)
    expect(heat).toMatchObject({ columns: 4, rows: 6, lowMs: 2, midMs: 10, highMs: 100, most: 8 })
    expect(heat?.cells.map(({ column, row }) => [column, row])).toEqual([
      [0, 0],
      [2, 0],
      [2, 5],
    ])
    const strengths = heat?.cells.map(({ strength }) => strength) ?? []
    expect(strengths[0]).toBe(1)
    // One slow change among many fast ones is still seen.
    expect(Math.min(...strengths)).toBeGreaterThan(0.2)
  })

  it('has a few rows where all took the same time, and says where one never came so far', () => {
    expect(heatOf({ spans: [span(FROM, { 0: 1 })] }, drawn)).toMatchObject({ rows: 5, lowMs: 1 })
    expect(heatOf({ spans: [span(FROM, { 8: 1 })] }, drawn)).toMatchObject({
      rows: 5,
      highMs: null,
    })
  })

  it('is none of nothing', () => {
    expect(heatOf({ spans: [] }, drawn)).toBeUndefined()
  })
})

it('in words, a span says within which bound half and all of its changes came', () => {
  const spans = [span(FROM, { 1: 3, 4: 1 }), span(LATER, { 8: 1 })]
  expect(spansInWords(spans, boundsMs)).toEqual([
    { from: FROM, changes: 4, halfWithinMs: 2, allWithinMs: 25 },
    { from: LATER, changes: 1, halfWithinMs: null, allWithinMs: null },
  ])
})

it('covers the shortest window that has all changes of the day', () => {
  const day = { from: '2026-11-23T10:00:00.000Z', stepMs: 900_000, steps: 96 }
  const fitted = (...froms: readonly string[]) =>
    fittedHours({ ...day, stages: [{ spans: froms.map((from) => span(from, { 1: 1 })) } as never] })
  expect(fitted('2026-11-24T09:15:00.000Z')).toBe(1)
  expect(fitted('2026-11-24T09:15:00.000Z', '2026-11-24T05:00:00.000Z')).toBe(6)
  expect(fitted('2026-11-23T12:00:00.000Z')).toBe(24)
  expect(fitted()).toBe(24)
})
