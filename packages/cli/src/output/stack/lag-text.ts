import type { Behind, Lag } from '@freshet/insight/answers'
import { tableOf, type TableColumn } from '../table.ts'

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
export function lagText({ recording, edges }: Lag): string {
  return [recordingText(recording), edgesText(edges)].join('\n\n')
}

function recordingText(recording: Lag['recording']): string {
  if (recording.length === 0) return 'no reconciler has run yet'
  return tableOf(
    [{ heading: 'READER' }, ...BEHIND],
    recording.map((each) => ['recording', ...cellsOf(each)]),
  )
}

function edgesText(edges: Lag['edges']): string {
  if (edges.length === 0) return 'no edge has reported within the last hour'
  return tableOf(
    [{ heading: 'EDGE' }, ...BEHIND, { heading: 'STATUS' }],
    edges.map(({ edge, edges: group, standing, ...each }) => [
      group === undefined ? edge : `${edge}, ${group} edges, upper bound`,
      ...cellsOf(each),
      standing,
    ]),
  )
}

function cellsOf({ partition, position, head, records, behindMs }: Behind): readonly string[] {
  const where = partition === 0 ? '0 control' : String(partition)
  const time = behindMs === null ? 'unknown' : `${Math.round(behindMs)} ms`
  return [where, position, head ?? 'unknown', records ?? 'unknown', time]
}
