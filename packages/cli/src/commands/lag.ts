import type { Command } from '@commander-js/extra-typings'
import type { Behind, Lag } from '@freshet/insight/answers'
import { consoleAccess } from '../context.ts'
import { consoleClient } from '../http/console-client.ts'
import { NO_HEADERS_HELP, OUTPUT_FLAGS, OUTPUT_HELP, readFormat, show } from '../output/format.ts'
import { tableOf, type TableColumn } from '../output/table.ts'
import { type View, PLAIN_VIEW } from '../output/view.ts'
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

const BEHIND: readonly TableColumn[] = [
  { heading: 'PARTITION' },
  { heading: 'POSITION', align: 'right' },
  { heading: 'HEAD', align: 'right' },
  { heading: 'RECORDS', align: 'right' },
  { heading: 'LAG', align: 'right' },
]

/**
 * Two tables: recording against the change topic, edges against that of revocations. The lag of
 * recording is the age of the first record that it has not applied, the lag of an edge the age of its view: so
 * a dead producer does not look like nothing to do.
 */
export function lagText({ recording, edges }: Lag, view: View = PLAIN_VIEW): string {
  return [recordingText(recording, view), edgesText(edges, view)].join('\n\n')
}

function recordingText(recording: Lag['recording'], view: View): string {
  if (recording.length === 0) return 'no reconciler has run yet'
  return tableOf(
    [{ heading: 'READER' }, ...BEHIND],
    recording.map((each) => ['recording', ...cellsOf(each)]),
    view,
  )
}

function edgesText(edges: Lag['edges'], view: View): string {
  if (edges.length === 0) return 'no edge has reported within the last hour'
  return tableOf(
    [{ heading: 'EDGE' }, ...BEHIND, { heading: 'STATUS', kind: 'status' }],
    edges.map(({ edge, edges: group, standing, ...each }) => [
      group === undefined ? edge : `${edge}, ${group} edges, upper bound`,
      ...cellsOf(each),
      standing,
    ]),
    view,
  )
}

function cellsOf({ partition, position, head, records, behindMs }: Behind): readonly string[] {
  const where = partition === 0 ? '0 control' : String(partition)
  const time = behindMs === null ? 'unknown' : `${Math.round(behindMs)} ms`
  return [where, position, head ?? 'unknown', records ?? 'unknown', time]
}
