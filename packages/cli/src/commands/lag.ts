import type { Command } from '@commander-js/extra-typings'
import { consoleAccess } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import { NO_HEADERS_HELP, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { lagText } from '../output/stack/lag-text.ts'
import type { View } from '../output/view.ts'
import { showOnceOrWatch, WATCH_FLAGS, WATCH_HELP } from '../output/watch.ts'
import type { Shell } from '../shell.ts'

/** `freshet lag`: how far everybody who reads is behind. */
export function addLagCommand(program: Command, shell: Shell): void {
  program
    .command('lag')
    .description('show the lag of recording and of each edge, by partition, in records and in time')
    .option(WATCH_FLAGS, WATCH_HELP)
    .option(OUTPUT_FLAGS, OUTPUT_HELP, readFormat, 'table')
    .option('--no-headers', NO_HEADERS_HELP)
    .action(async ({ output, headers, watch }) => {
      const client = consoleClient(await consoleAccess(shell))
      await showOnceOrWatch(shell, { output, watch }, async (format) => {
        const data = await client.lag()
        const recording = data.recording.map((each) => ({ reader: 'recording', ...each }))
        const edges = data.edges.map((each) => ({ reader: 'edge', ...each }))
        const text = (view: View): string => lagText(data, view)
        await show(shell, format, { data, items: [...recording, ...edges], headers, text })
      })
    })
}
