import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../../context.ts'
import { consoleClient } from '../../http/console-client.ts'
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

/** Adds `freshet source ls`. */
export function addSourceList(source: Command, shell: Shell): void {
  source
    .command('ls')
    .description('list the sources of each tenant with their status and last heartbeat')
    .option('--probes', 'list the source and the tenant of probes, too')
    .option(WATCH_FLAGS, WATCH_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, probes, watch }) => {
      const { sourcesText } = await import('../../output/lists/sources-text.ts')
      const { PROBE_NAME } = await import('@freshet/protocol/slo')
      const client = consoleClient(await consoleAccess(shell))
      await showOnceOrWatch(shell, { output, watch }, async (format) => {
        const { sources, apiVersion } = await client.status()
        const items = sources.filter(({ tenant }) => probes === true || tenant !== PROBE_NAME)
        const text = (view: View): string => sourcesText(items, view)
        await show(shell, format, { data: { apiVersion, items }, items, headers, text })
      })
    })
}
