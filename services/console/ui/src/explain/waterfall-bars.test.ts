import type { TimelineJson } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { barsOf, shownBars } from './waterfall-bars.ts'

const START = Date.parse('2026-11-24T10:00:00.000Z')
const at = (ms: number): string => new Date(START + ms).toISOString()
const edge = (name: string, ms: number | null) => ({
  edge: name,
  status: 'synced',
  appliedAt: ms === null ? null : at(ms),
})

function change(more: object = {}): TimelineJson {
  return {
    occurredAt: at(0),
    completeMs: 198,
    steps: [
      { stage: 'committed', at: at(0), clock: 'source' },
      { stage: 'appended', at: at(19), clock: 'broker' },
      { stage: 'published', at: at(60), clock: 'broker' },
    ],
    edges: [edge('a', 100), edge('b', 217)],
    ...more,
  } as unknown as TimelineJson
}

describe('the bars of a change', () => {
  it('count since the commit and since the append', () => {
    const times = barsOf(change(), null).bars.map((bar) => [
      bar.name,
      bar.afterMs,
      bar.sinceAppendMs,
    ])
    expect(times).toEqual([
      ['committed', 0, null],
      ['appended', 19, 0],
      ['published', 60, 41],
      ['a', 100, 81],
      ['b', 217, 198],
    ])
  })

  it('end with the time from the commit to the last edge, once it is complete', () => {
    expect(barsOf(change(), null).total).toMatchObject({
      afterMs: 217,
      sinceAppendMs: 198,
      at: at(217),
    })
    expect(barsOf(change({ completeMs: null }), null).total).toBeUndefined()
    expect(barsOf(change({ edges: [] }), null).total).toBeUndefined()
  })

  it('have a line for the objective only where it is near', () => {
    expect(barsOf(change(), 500)).toMatchObject({ lineMs: 519, widthMs: 519 * 1.05 })
    expect(barsOf(change(), 2_000)).toMatchObject({ lineMs: null, widthMs: 217 })
  })

  it('are those of the five slowest edges of many, missing ones first, until all are asked for', () => {
    const edges = [
      ...Array.from({ length: 9 }, (_, n) => edge(`e${n}`, 100 + n)),
      edge('gone', null),
    ]
    const { bars } = barsOf(change({ edges }), null)
    const names = shownBars(bars, false).map(({ name }) => name)
    expect(names.slice(3)).toEqual(['e5', 'e6', 'e7', 'e8', 'gone'])
    expect(shownBars(bars, true)).toHaveLength(bars.length)
  })
})
