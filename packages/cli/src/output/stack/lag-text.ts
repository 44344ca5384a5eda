import type { Behind, Lag } from '@freshet/insight/answers'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'

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
