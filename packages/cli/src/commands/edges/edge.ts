import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
import { edgesText } from '../../output/stack/edges-text.ts'
import {
  NO_HEADERS_HELP,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  readFormat,
  show,
} from '../../output/format.ts'
import type { View } from '../../output/view.ts'
import { showOnceOrWatch, WATCH_FLAGS, WATCH_HELP } from '../../output/watch.ts'
import type { Shell } from '../../shell.ts'
import { addEdgeGet } from './edge-get.ts'

/** `freshet edge …`: the edges that report. */
export function addEdgeCommands(program: Command, shell: Shell): void {
  const edge = program.command('edge').description('inspect the edges, which judge tokens')
  edge
    .command('ls')
    .description('list every edge that reported within the last hour, with its status')
    .option('--standing <standing>', 'only edges with this status: synced, lagging, stale, …')
    .option(
      '--after <edge>',
      'continue after this edge name; pages are sorted by name, at most 500 edges each',
    )
    .option('--limit <count>', 'edges on one page')
    .option(WATCH_FLAGS, WATCH_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, watch, ...asked }) => {
      const client = consoleClient(await consoleAccess(shell))
      await showOnceOrWatch(shell, { output, watch }, async (format) => {
        const data = await client.edges(asked)
        const text = (view: View): string => edgesText(data, view)
        await show(shell, format, { data, items: data.items, headers, text })
      })
    })
  addEdgeGet(edge, shell)
}
