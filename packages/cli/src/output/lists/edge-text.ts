import type { EdgeHistory, EdgeJson } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { denialsText, unverifiedText } from './unverified-text.ts'
import { edgesText } from '../stack/edges-text.ts'

const PARTITION_COLUMNS: readonly TableColumn[] = [
  { heading: 'PARTITION' },
  { heading: 'APPLIED', align: 'right' },
  { heading: 'HEAD', align: 'right' },
  { heading: 'RECORDS', align: 'right' },
  { heading: 'VIEW AGE', align: 'right' },
]
const APPLY_COLUMNS: readonly TableColumn[] = [
  { heading: 'APPLIED', kind: 'time' },
  { heading: 'PARTITION' },
  { heading: 'UP TO', align: 'right' },
  { heading: 'AFTER', align: 'right' },
]

/** An edge with its partitions, its last hour and its latest applies. */
export function edgeText(
  edge: EdgeJson & Pick<EdgeHistory, 'minutes' | 'applies'>,
  view: View = PLAIN_VIEW,
): string {
  const partitions = edge.partitions.map(({ partition, applied, head, records, viewAgeMs }) => [
    partition === 0 ? '0 control' : String(partition),
    applied,
    head ?? '?',
    records ?? '?',
    viewAgeMs === null ? 'never seen' : `${Math.round(viewAgeMs)} ms`,
  ])
  const applies = edge.applies.map(({ partition, upTo, appliedAt, afterMs }) => {
    return [appliedAt, String(partition), upTo, `${Math.round(afterMs)} ms`]
  })
  return [
    edgesText({ items: [edge] }, view),
    printable(`version ${edge.version}; ${hourText(edge.minutes)}`),
    printable(`cannot vouch for: ${unverifiedText(edge, { isLong: true, nowMs: view.nowMs })}`),
    `denied in the last hour: ${denialsText(edge.minutes)}`,
    tableOf(PARTITION_COLUMNS, partitions, view),
    ...(applies.length === 0 ? [] : [`latest applies\n${tableOf(APPLY_COLUMNS, applies, view)}`]),
  ].join('\n\n')
}

/** Minutes before its first one are not counted: an edge that started later had no view then. */
function hourText(minutes: EdgeHistory['minutes']): string {
  const first = minutes.findIndex(({ oldestViewMs }) => oldestViewMs !== null)
  if (first === -1) return 'it had no live minute in the last hour'
  const seen = minutes.slice(first)
  const live = seen.flatMap(({ oldestViewMs }) => oldestViewMs ?? [])
  const oldest = `oldest view ${Math.round(Math.max(...live))} ms`
  return `live in ${live.length} of ${seen.length} minutes; ${oldest}`
}
