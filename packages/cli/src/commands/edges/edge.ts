import { Option, type Command } from '@commander-js/extra-typings'
import type { EdgeJson } from '@freshet/insight/answers'
import { nearestName } from '@freshet/protocol'
import { consoleAccess } from '../../context.ts'
import { consoleClient, type ConsoleClient } from '../../http/console-client.ts'
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
import { CliError } from '../../cli-error.ts'
import { printable } from '../../output/printable.ts'

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

/** Pages of edges that a search reads, of 500 edges each. */
const PAGES_MAX = 200

/** Adds `freshet edge get`. */
function addEdgeGet(edge: Command, shell: Shell): void {
  edge
    .command('get')
    .description('show an edge: its state in each partition, its last hour and its latest applies')
    .argument('<edge>', 'name of the edge')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async (name, { output, headers }) => {
      const { edgeText } = await import('../../output/stack/edges-text.ts')
      const client = consoleClient(await consoleAccess(shell))
      const found = await edgeNamed(client, name)
      const { minutes, applies } = await client.edgeHistory(name)
      const data = { ...found, minutes, applies }
      const text = (view: View): string => edgeText(data, view)
      await show(shell, output, { data, headers, text })
    })
}

/** The edge with this name. @throws `CliError` not found, with the nearest name */
async function edgeNamed(client: Pick<ConsoleClient, 'edges'>, name: string): Promise<EdgeJson> {
  const names: string[] = []
  let after: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, next } = await client.edges(after === undefined ? {} : { after })
    const found = items.find(({ edge }) => edge === name)
    if (found !== undefined) return found
    names.push(...items.map(({ edge }) => edge))
    if (next == null) break
    after = next
  }
  const nearest = nearestName(name, names)
  throw new CliError('notFound', `No edge ${printable(name)} has reported within the last hour.`, {
    next: nearest === undefined ? 'freshet edge ls' : `freshet edge get ${printable(nearest)}`,
  })
}
