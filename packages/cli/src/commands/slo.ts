import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { consoleClient } from '../http/console-client.ts'
import { NO_HEADERS_HELP, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { burnText, sloText } from '../output/stack/slo-text.ts'
import type { View } from '../output/view.ts'
import type { Shell } from '../shell.ts'

/** `freshet slo …`: whether what was promised is kept. */
export function addSloCommands(program: Command, shell: Shell): void {
  const slo = program.command('slo').description('report service level objectives')
  slo
    .command('report')
    .description('show every objective over its window, with the rest of its error budget')
    .option('--burn', 'show the burn rate of each budget, by window')
    .option('--fail-on-breach', 'exit with code 10 if a budget is used up')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, burn, failOnBreach }) => {
      const data = await consoleClient(await consoleAccess(shell)).slos()
      const text = (view: View): string => (burn ? burnText(data, view) : sloText(data, view))
      await show(shell, output, { data, items: data.items, headers, text })
      const isBreached = data.items.some(({ state }) => state === 'breached')
      if (failOnBreach && isBreached) throw new Negative(EXIT.unhealthy)
    })
}
