import type { EvidenceAnswer, EvidenceRowAnswer } from '@freshet/insight/answers'
import type { Colors } from '../view.ts'
import { printable } from '../printable.ts'

const SECOND_MS = 1_000

/** The report for a terminal: rows by framework, each with its figure and the command behind it. */
export function evidenceText(report: EvidenceAnswer, colors: Colors): string {
  const sections = frameworksOf(report).map(([framework, rows]) =>
    [colors.bold(framework), ...rows.flatMap((row) => lines(row, colors))].join('\n'),
  )
  return [headOf(report), ...sections, summaryOf(report.items)].join('\n\n')
}

function lines(row: EvidenceRowAnswer, colors: Colors): readonly string[] {
  const { id, claim, detail, limit, command } = row
  return [
    `  ${marks[row.verdict](colors)} ${printable(`${id}  ${claim}`)}`,
    `      ${printable(`${figureOf(row)} (limit: ${limit})`)}`,
    `      ${printable(detail)}`,
    `      ${colors.dim(printable(command))}`,
  ]
}

const marks: Readonly<Record<EvidenceRowAnswer['verdict'], (colors: Colors) => string>> = {
  green: (colors) => colors.green('✓ green'),
  red: (colors) => colors.red('✗ red'),
  unknown: (colors) => colors.yellow('? unknown'),
}

/** The same as a page. */
export function evidenceMarkdown(report: EvidenceAnswer): string {
  const sections = frameworksOf(report).map(([framework, rows]) =>
    [
      `## ${framework}`,
      '',
      '| control | what is claimed | now | limit | verdict | shown by |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows.map(tableRow),
    ].join('\n'),
  )
  return `${[`# Evidence`, headOf(report), ...sections, summaryOf(report.items)].join('\n\n')}\n`
}

function tableRow(row: EvidenceRowAnswer): string {
  const { id, title, claim, limit, verdict, detail, command } = row
  const now = `${figureOf(row)}; ${detail}`
  const cells = [`${id} ${title}`, claim, now, limit, `**${verdict}**`, `\`${command}\``]
  return `| ${cells.map((cell) => printable(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

function figureOf({ value, unit, at }: EvidenceRowAnswer): string {
  return `${value === null ? 'no figure' : measuredText(value, unit)}, ${at}`
}

/** A time of a second or more is shown in seconds, as limits are. */
function measuredText(value: number, unit: string): string {
  const isLong = unit.startsWith('ms,') && value >= SECOND_MS
  const [shown, of] = isLong ? [value / SECOND_MS, unit.replace('ms', 's')] : [value, unit]
  return `${Math.round(shown * 10) / 10} ${of}`
}

function headOf({ at, policy, health }: EvidenceAnswer): string {
  const measured = `Measured ${at} under policy version ${policy.version} (${policy.hash}).`
  if (health === undefined) return measured
  const causes = health.causes.map(({ what }) => printable(what)).join('; ')
  return `${measured}\nThe verdict is ${health.state}${causes === '' ? '' : `: ${causes}`}.`
}

function summaryOf(rows: readonly EvidenceRowAnswer[]): string {
  const count = (verdict: EvidenceRowAnswer['verdict']): string =>
    `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`
  return [count('green'), count('red'), count('unknown')].join(', ')
}

function frameworksOf({
  items,
}: EvidenceAnswer): readonly (readonly [string, readonly EvidenceRowAnswer[]])[] {
  const names = [...new Set(items.map(({ framework }) => framework))]
  return names.map((name) => [name, items.filter(({ framework }) => framework === name)] as const)
}
