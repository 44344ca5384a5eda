import { runbookPath } from '@freshet/insight/alerts'
import { printable } from '../output/printable.ts'
import type { DrillReport } from './drill.ts'

/** @internal One drill as people read it. */
export function drillText(report: DrillReport): string {
  const { fault, process, object, verdict, isNamed, shown, alerts, who, runbook } = report
  const causes = verdict.map(({ afterMs, state, object: named, what }) =>
    row(`status, ${secondsOf(afterMs)}`, `${state}: ${named}: ${what}`),
  )
  const lists = shown.map(({ surface, afterMs, rows }) =>
    row(surface, afterMs === null ? 'showed nothing' : `${rows.join(', ')}, ${secondsOf(afterMs)}`),
  )
  const pages = alerts.map((alert) =>
    row(alert.severity, `${alert.name}, after ${alert.for} more: ${alert.summary}`),
  )
  const notify = pages.length === 0 ? [row('alert', 'none')] : pages
  const people = [
    row('who', who ?? 'the operators: the registry names no owner of it'),
    row('runbook', runbook === null ? 'none' : `docs/runbooks/${runbookPath(runbook)}`),
  ]
  const { freshAfterMs } = report
  const end =
    freshAfterMs === null ? 'not fresh within 20 s' : `fresh after ${secondsOf(freshAfterMs)}`
  return [
    `drill ${fault}: ${process} ${isNamed ? `is named as ${object}` : 'is not named in time'}`,
    ...causes,
    ...lists,
    ...(isNamed ? [...notify, ...people] : []),
    row('end', `${process} continues; ${end}`),
  ].join('\n')
}

const WIDTH = 16

function row(word: string, text: string): string {
  return printable(`  ${word.padEnd(WIDTH)} ${text}`)
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
