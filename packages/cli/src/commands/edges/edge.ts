import { Option, type Command } from '@commander-js/extra-typings'
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
import { oneOf, readCount } from '../arguments.ts'
import { addEdgeGet } from './edge-get.ts'

const STATUSES = ['synced', 'lagging', 'stale', 'starting', 'disconnected', 'closed'] as const

/** `freshet edge …`: the edges that report. */
export function addEdgeCommands(program: Command, shell: Shell): void {
  const edge = program.command('edge').description('inspect the edges, which judge tokens')
  edge
    .command('ls')
    .description('list every edge that reported within the last hour, with its status')
    .option('--status <status>', STATUSES.join(', '), oneOf(STATUSES))
    // The name of earlier releases.
    .addOption(new Option('--standing <status>').argParser(oneOf(STATUSES)).hideHelp())
    .option(
      '--after <edge>',
      'continue after this edge name; pages are sorted by name, at most 500 edges each',
    )
    .option('--limit <count>', 'edges on one page', readCount)
    .option(WATCH_FLAGS, WATCH_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, watch, after, limit, status, standing = status }) => {
      const client = consoleClient(await consoleAccess(shell))
      const query = {
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit: String(limit) }),
        ...(standing !== undefined && { standing }),
      }
      await showOnceOrWatch(shell, { output, watch }, async (format) => {
        const data = await client.edges(query)
        const text = (view: View): string => edgesText(data, view)
        await show(shell, format, { data, items: data.items, headers, text })
      })
    })
  addEdgeGet(edge, shell)
}
