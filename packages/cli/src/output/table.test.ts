import { describe, expect, it } from 'vitest'
import { ageText } from './age.ts'
import { colorsFor, PLAIN_VIEW } from './view.ts'
import { tableOf, type TableColumn } from './table.ts'

const columns: readonly TableColumn[] = [
  { heading: 'EDGE' },
  { heading: 'STATUS', kind: 'status' },
  { heading: 'REPORTED', kind: 'time', rank: 1 },
  { heading: 'VERSION', rank: 2 },
  { heading: 'REASON', kind: 'free' },
]
const rows = [['sidecar', 'synced, conflict', '2026-11-24T10:00:00.120Z', '0.1.0', 'a long reason']]
const NOW_MS = Date.parse('2026-11-24T10:00:42.120Z')

const at = (width: number): string => tableOf(columns, rows, { ...PLAIN_VIEW, columns: width })

describe('a table', () => {
  it('has every column and exact times where its width has no limit', () => {
    expect(tableOf(columns, rows)).toBe(
      `
EDGE     STATUS            REPORTED                  VERSION  REASON
sidecar  synced, conflict  2026-11-24T10:00:00.120Z  0.1.0    a long reason
`.trim(),
    )
  })

  it('leaves out the column with the highest rank first, then shortens the free one', () => {
    expect(at(70)).not.toContain('VERSION')
    expect(at(70)).toContain('2026-11-24T10:00:00Z')
    expect(at(45)).not.toContain('REPORTED')
    expect(at(39)).toBe(
      `
EDGE     STATUS            REASON
sidecar  synced, conflict  a long reas…
`.trim(),
    )
  })

  it('keeps columns without a rank, however narrow the terminal is', () => {
    expect(at(1)).toContain('synced, conflict')
  })

  it('shows ages where it knows the present time', () => {
    expect(tableOf(columns, rows, { ...PLAIN_VIEW, nowMs: NOW_MS })).toContain('  42s  ')
  })

  it('has no headings where none are wanted', () => {
    expect(tableOf(columns, rows, { ...PLAIN_VIEW, hasHeadings: false })).toMatch(/^sidecar/)
  })

  it('colours a cell by its worst state, and its other cells not', () => {
    const colors = colorsFor({ isTTY: true }, {})
    const text = tableOf(columns, rows, { ...PLAIN_VIEW, colors })
    expect(text).toContain('\u001b[31msynced, conflict\u001b[39m')
    expect(text.match(/\u001b\[/g)).toHaveLength(2)
  })
})

describe('an age', () => {
  it.each([
    ['2026-11-24T10:00:42.000Z', '0s'],
    ['2026-11-24T09:59:00.000Z', '102s'],
    ['2026-11-24T09:57:00.000Z', '3m'],
    ['2026-11-24T08:30:00.000Z', '90m'],
    ['2026-11-23T08:30:00.000Z', '25h'],
    ['2026-11-20T10:00:00.000Z', '4d'],
    ['2026-11-24T10:02:12.120Z', 'in 90s'],
    ['never', 'never'],
    ['-', '-'],
  ])('of %s is %s', (time, text) => {
    expect(ageText(time, NOW_MS)).toBe(text)
  })
})
