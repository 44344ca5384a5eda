import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import { edgesText } from '../output/edges-text.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import type { Shell } from '../shell.ts'

/** `freshet edge …`: the edges that report. */
export function addEdgeCommands(program: Command, shell: Shell): void {
  const edge = program.command('edge').description('edges: who judges tokens, and how they stand')
  edge
    .command('ls')
    .description('every edge that reported within the last hour, with its standing')
    .option('--standing <standing>', 'only those that stand so: synced, lagging, stale, …')
    .option('--after <edge>', 'from behind this name on: edges come by name, at most 500 at a time')
    .option('--limit <count>', 'so many at a time')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, ...asked }) => {
      const data = await consoleClient(await consoleAccess(shell)).edges(asked)
      show(shell, output, { data, items: data.items, text: () => edgesText(data) })
    })
}
