import { Argument, type Command } from '@commander-js/extra-typings'
import { runbookPath } from '@freshet/insight/alerts'
import { requireStack } from '../context.ts'
import type { DrillReport, DrillFault } from '../drill/drill.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { isForPeople, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { printable } from '../output/printable.ts'
import type { Shell } from '../shell.ts'
import { readDuration } from './arguments.ts'

const FAULTS: readonly DrillFault[] = ['source', 'edge', 'reconciler']
const WITHIN_MS = 60_000

const HELP = `
A drill stops one process of the dev stack here, and watches until the verdict
names it. It prints the cause, the time of each surface, the shipped alert, and
the owner. Without a fault, it does all three, one after the other. The process
continues at the end, also after Ctrl-C. Exit code 10: the verdict did not name
the fault in time, or did not become fresh again.
`

/** `freshet drill`: a fault on purpose, and what names it. */
export function addDrillCommand(program: Command, shell: Shell): void {
  program
    .command('drill')
    .description(
      'stop a source, an edge or the reconciler of the dev stack, and show what names it',
    )
    .addArgument(new Argument('[fault]', 'fault; default: each of them').choices(FAULTS))
    .option('--timeout <duration>', 'longest time for the verdict', readDuration, WITHIN_MS)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .addHelpText('after', HELP)
    .action(async (fault, { output, timeout: withinMs }) => {
      const { drill } = await import('../drill/drill.ts')
      const items: DrillReport[] = []
      for (const each of fault === undefined ? FAULTS : [fault]) {
        // A process that was started again has another id.
        const dev = await requireStack(shell)
        const onFault = (name: string, pid: number): void =>
          shell.err(`at ${dev.console.url}: ${name} is stopped, process ${pid}\n`)
        const { signal } = shell
        const nowMs = (): number => shell.nowMs()
        const report = await drill(each, { dev, signal, withinMs, nowMs, onFault })
        items.push(report)
        if (isForPeople(output)) shell.out(`${drillText(report)}\n`)
      }
      if (!isForPeople(output))
        await show(shell, output, { data: { items }, items, text: () => '' })
      const isWell = items.every(({ isNamed, freshAfterMs }) => isNamed && freshAfterMs !== null)
      if (!isWell) throw new Negative(EXIT.unhealthy)
    })
}

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
