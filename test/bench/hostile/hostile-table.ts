import { CURVE_PERCENTILES } from '../measure/distribution.ts'
import { numberText } from '../report/number-text.ts'
import { middleOf, type Result } from '../report/result.ts'
import { FLOOR, QUIET, ROWS } from './figures.ts'

const HEADINGS = [
  'flood',
  'kB before the first answer',
  'answers/s',
  'service, µs',
  'sender, µs',
  'sender : service',
  'unverified checks',
  'removal p50 / p95, ms',
  '× quiet',
  'from its sending, ms',
  '× quiet',
] as const
const P95 = CURVE_PERCENTILES.indexOf(95)

/** Returns the results as a table of Markdown with one row for each flood. */
export function hostileTable(results: readonly Result[]): string {
  const byId = new Map(results.map((result) => [result.id, result]))
  const quiet = (figure: string): Result | undefined => byId.get(`${QUIET}.${figure}`)
  const row = (id: string): readonly string[] => {
    const at = (figure: string): Result | undefined => byId.get(`${id}.${figure}`)
    return [
      `\`${id.replace(/^hostile\./, '')}\``,
      ...['bytes', 'rate', 'cost', 'attacker'].map((figure) => text(at(figure))),
      ratio(at('attacker'), at('cost')),
      `${text(at('unverified'))} %`,
      `${text(at('removal'))} / ${p95Of(at('removal'))}`,
      ratio(at('removal'), quiet('removal')),
      text(at('sent')),
      ratio(at('sent'), quiet('sent')),
    ]
  }
  const measured = [QUIET, FLOOR, ...ROWS.map(({ id }) => id)].filter((id) =>
    byId.has(`${id}.removal`),
  )
  return [
    line(HEADINGS),
    line(HEADINGS.map((_, n) => (n === 0 ? '---' : '--:'))),
    ...measured.map((id) => line(row(id))),
  ].join('\n')
}

function p95Of(result: Result | undefined): string {
  const value = result !== undefined && 'curve' in result ? result.curve?.[P95] : undefined
  return value === undefined ? '' : numberText(value)
}

function text(result: Result | undefined): string {
  return result === undefined ? '' : numberText(middleOf(result))
}

function ratio(one: Result | undefined, other: Result | undefined): string {
  if (one === undefined || other === undefined) return ''
  return numberText(middleOf(one) / middleOf(other))
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
