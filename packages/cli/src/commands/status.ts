import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from '@commander-js/extra-typings'
import { consoleAccess, findStack } from '../context.ts'
import { EXIT, Negative } from '../exit-code.ts'
import { consoleClient, type ConsoleClient } from '../http/console-client.ts'
import { OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show, type OutputFormat } from '../output/format.ts'
import { isHealthy, statusText, type ShownStatus } from '../output/stack/status-text.ts'
import type { Shell } from '../shell.ts'
import { askServices } from '../status/ask-services.ts'

const WATCH_EVERY_MS = 1_000
/** Moves to the top left and clears what is below. */
const CLEAR = '\u001b[H\u001b[J'

/** `freshet status`: everything on one screen. */
export function addStatusCommand(program: Command, shell: Shell): void {
  program
    .command('status')
    .description(
      'show services, sources, partitions and edges on one screen; exit code 10 if one has a fault',
    )
    .option('--watch', 'repeat every second until Ctrl-C; with -o jsonl one line each time')
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .action(async ({ output, watch }) => {
      const client = consoleClient(await consoleAccess(shell))
      if (watch) return watchStatus(shell, client, output)
      const standing = await ask(shell, client)
      tell(shell, output, standing)
      if (!isHealthy(standing)) throw new Negative(EXIT.unhealthy)
    })
}

async function ask(shell: Shell, client: ConsoleClient): Promise<ShownStatus> {
  const dev = (await findStack(shell.cwd))?.dev
  const [status, edges, services] = await Promise.all([
    client.status(),
    client.edges(),
    askServices(dev),
  ])
  return { ...status, services, edges: edges.items, groups: edges.groups ?? [] }
}

function tell(shell: Shell, output: OutputFormat, standing: ShownStatus): void {
  const data = { ...standing, healthy: isHealthy(standing) }
  show(shell, output, { data, text: () => statusText(standing, shell.colors) })
}

async function watchStatus(
  shell: Shell,
  client: ConsoleClient,
  output: OutputFormat,
): Promise<void> {
  while (!shell.signal.aborted) {
    const standing = await ask(shell, client)
    // Only a terminal that shows colours is taken for one that can be cleared.
    if (output === 'table' && shell.colors.isColorSupported) shell.out(CLEAR)
    tell(shell, output === 'json' ? 'jsonl' : output, standing)
    await wait(WATCH_EVERY_MS, undefined, { signal: shell.signal }).catch(() => {})
  }
}
