import type { Tail } from '../scenario.ts'
import { numberText } from './number-text.ts'
import { middleOf, type Judged, type Ratio, type Result } from './result.ts'

/** The headings of the columns of {@link rowOf}. */
export const HEADINGS: readonly string[] = [
  'id',
  'unit',
  'p50 / value',
  'p99',
  'p99.9',
  'max',
  'repetitions',
  'bounds',
]
const HEADING_OF: Readonly<Record<Tail, string>> = { p99: 'p99', p999: 'p99.9' }
const NUMERIC: ReadonlySet<number> = new Set([2, 3, 4, 5])

/** Returns the results for people: one row each, columns aligned. */
export function tableOf(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(rowOf)]
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return NUMERIC.has(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

/** Returns the cells of one result. */
export function rowOf(result: Result): readonly string[] {
  const { id, unit, repetitions } = result
  const spread =
    'p50' in result ? [result.p99, result.p999, result.max].map(numberText) : ['', '', '']
  const each = `${numberText(Math.min(...repetitions))} … ${numberText(Math.max(...repetitions))}`
  return [id, unit, numberText(middleOf(result)), ...spread, each, boundsOf(result)]
}

function boundsOf({ target, tail = {}, against = [] }: Result): string {
  const own = target === undefined ? [] : [`${mark(target)} ${boundText(target)}`]
  const beyond = Object.entries(tail).map(
    ([name, bound]) => `${HEADING_OF[name as Tail]} ${mark(bound)} ${boundText(bound)}`,
  )
  return [...own, ...beyond, ...against.map(ratioText)].join('; ')
}

function ratioText({ id, of, ratio, met, ...bound }: Ratio): string {
  const point = of === undefined ? '' : `${HEADING_OF[of]} `
  const text = `${point}${numberText(ratio)} × ${id}`
  return met === undefined ? text : `${text} ${mark({ met })} ${boundText(bound)}`
}

function boundText({ atMost, atLeast }: Omit<Judged, 'met'>): string {
  const parts = [
    ...(atMost === undefined ? [] : [`≤ ${numberText(atMost)}`]),
    ...(atLeast === undefined ? [] : [`≥ ${numberText(atLeast)}`]),
  ]
  return parts.join(', ')
}

function mark({ met }: Pick<Judged, 'met'>): string {
  return met ? 'met' : 'MISSED'
}
