import type { Scenario } from '../scenario.ts'
import type { Result } from './result.ts'
import { HEADINGS, rowOf } from './table.ts'
import type { Report } from './write-report.ts'

/** Returns a whole run as a part of a Markdown page: the machine, the figures, and the meaning of each. */
export function figuresOf(
  report: Report,
  scenarios: readonly Scenario[],
  left: readonly string[],
): string {
  const metrics = scenarios.flatMap((scenario) => scenario.metrics)
  const measured = new Set(report.results.map(({ id }) => id))
  return [
    ...machineOf(report),
    '',
    ...tableOf(report.results),
    '',
    ...left.map((line) => `- Not measured: ${line.split('\n', 1)[0]}`),
    ...(left.length > 0 ? [''] : []),
    ...metrics.filter(({ id }) => measured.has(id)).map(({ id, about }) => `- \`${id}\`: ${about}`),
    '',
  ].join('\n')
}

/** Returns the machine and the tables that scenarios have of their own; `undefined` if they have none. */
export function summaryOf(report: Report, scenarios: readonly Scenario[]): string | undefined {
  const tables = scenarios.flatMap(({ metrics, summary }) => {
    const ids = new Set(metrics.map(({ id }) => id))
    const own = report.results.filter(({ id }) => ids.has(id))
    return summary === undefined || own.length === 0 ? [] : ['', summary(own)]
  })
  return tables.length === 0 ? undefined : [...machineOf(report), ...tables, ''].join('\n')
}

function machineOf({ machine, commit, quick, scale }: Report): readonly string[] {
  const { cpu, cores, memoryMiB, os, node, kafka, postgres, loadAverage } = machine
  const parts = [
    `${cpu}, ${cores} cores, ${Math.round(memoryMiB / 1_024)} GiB, ${os}`,
    ...[`Node ${node}`, kafka, postgres].filter((part) => part !== undefined),
    `load average ${loadAverage.toFixed(1)} at the start`,
  ]
  const kind = [...(quick ? ['a quick run'] : []), ...(scale ? [`at scale ${scale}`] : [])]
  return [`${[`Commit \`${commit}\``, ...kind].join(', ')}. ${parts.join(', ')}.`]
}

function tableOf(results: readonly Result[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = HEADINGS.map((_, column) => (column >= 2 && column <= 5 ? '--:' : '---'))
  const rows = results.map((result) => {
    const [id = '', ...others] = rowOf(result)
    return line([`\`${id}\``, ...others])
  })
  return [line(HEADINGS), line(rule), ...rows]
}
