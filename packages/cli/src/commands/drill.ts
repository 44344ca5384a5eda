import { Argument, type Command } from '@commander-js/extra-typings'
import { requireStack } from '../context.ts'
import type { DrillReport, DrillFault } from '../drill/drill.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { isForPeople, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
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
      const { drillText } = await import('../drill/drill-text.ts')
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
