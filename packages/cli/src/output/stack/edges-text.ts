import type { EdgeJson, EdgesAnswer, EdgeHistory } from '@freshet/insight/answers'
import { deniedIn, vouchingOf } from '@freshet/protocol'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { numberOf } from '../number-of.ts'
import { spanText } from '../age.ts'

/** An age from before an edge's silence is not its present age. */
const SILENT: ReadonlySet<string> = new Set(['disconnected', 'closed'])

const COLUMNS: readonly TableColumn[] = [
  { heading: 'EDGE' },
  { heading: 'AUDIENCE', rank: 2 },
  { heading: 'STATUS', kind: 'status' },
  { heading: 'STATE', rank: 5 },
  { heading: 'VIEW AGE', align: 'right' },
  { heading: 'LAG', align: 'right', rank: 3 },
  { heading: 'PARTITIONS', align: 'right', rank: 7 },
  { heading: 'DECISIONS/S', align: 'right', rank: 1 },
  { heading: 'DENIED/S', align: 'right', rank: 6 },
  { heading: 'SIGNED', rank: 6 },
  { heading: 'REPORTED', kind: 'time', rank: 4 },
  { heading: 'VERSION', rank: 8 },
]
/** Between the status and the state; a narrow table has it only where an edge cannot vouch for a source. */
const UNVERIFIED_COLUMN: TableColumn = { heading: 'CANNOT VOUCH FOR', kind: 'free' }
const UNVERIFIED_AT = 3

const GROUP_COLUMNS: readonly TableColumn[] = [
  { heading: 'GROUP' },
  { heading: 'EDGES', align: 'right' },
  { heading: 'STATUS', kind: 'status' },
  { heading: 'VIEW AGE, UPPER BOUND', align: 'right' },
  { heading: 'LAG, UPPER BOUND', align: 'right', rank: 2 },
  { heading: 'SIGNED', align: 'right', rank: 1 },
]

/**
 * The edges as a table. The age is that of the oldest of an edge's partition views; its lag is the number of records
 * that it has not read, heartbeats among them; of the partitions it counts those in which a heartbeat was
 * verified. The position applied in each is in the data. Signed names the client that signs the reports of the edge. `conflict`:
 * two processes report under the same id.
 */
export function edgesText(
  { items, next, total, groups = [], uncounted = 0 }: Omit<EdgesAnswer, 'apiVersion'>,
  view: View = PLAIN_VIEW,
): string {
  if (items.length + groups.length === 0) return 'no edge has reported within the last hour'
  const more =
    next == null
      ? []
      : [`${items.length} of ${total ?? 'more'} edges: edge ls --after ${printable(next)}`]
  const beyond =
    uncounted === 0
      ? []
      : [
          `${numberOf(uncounted, 'edge reports', 'edges report')} over the limit: no figure counts this`,
        ]
  const all = groups.length === 0 ? [] : [groupsText(groups, view)]
  const tables = [...beyond, ...all, tableText(items, view), ...more]
  return tables.join('\n\n')
}

/** Edges by audience and status; each figure is that of the worst of them. */
export function groupsText(groups: readonly EdgeJson[], view: View = PLAIN_VIEW): string {
  const rows = groups.map(({ edge, edges = 1, standing, partitions, signedEdges }) => {
    const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
    const signed = signedEdges === undefined ? '?' : String(signedEdges)
    return [edge, String(edges), standing, ageText(ages), behindText(partitions), signed]
  })
  return tableOf(GROUP_COLUMNS, rows, view)
}

function tableText(items: readonly EdgeJson[], view: View): string {
  const isWide = !Number.isFinite(view.columns)
  const hasUnverified = isWide || items.some(isUnverified)
  const rows = items.map((item) => {
    const { edge, audience, state, partitions, rates, conflict, ...last } = item
    const status = conflict === true ? `${item.standing}, conflict` : item.standing
    const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
    const oldest = SILENT.has(item.standing) ? '?' : ageText(ages)
    const seen = `${ages.filter((age) => age !== null).length}/${ages.length}`
    const { reportedAt, version } = last
    const answers = [ratesText(rates), deniedRatesText(rates), signedText(item)]
    const lag = [behindText(partitions), seen, ...answers]
    const out = unverifiedText(item, { isLong: isWide, nowMs: view.nowMs })
    const unverified = hasUnverified ? [out] : []
    return [edge, audience, status, ...unverified, state, oldest, ...lag, reportedAt, version]
  })
  const columns = COLUMNS.toSpliced(UNVERIFIED_AT, 0, ...(hasUnverified ? [UNVERIFIED_COLUMN] : []))
  return tableOf(columns, rows, view)
}

function ageText(ages: readonly (number | null)[]): string {
  const known = ages.filter((age) => age !== null)
  if (known.length === 0 || known.length < ages.length) return 'never seen'
  return `${Math.round(Math.max(...known))} ms`
}

function behindText(partitions: EdgeJson['partitions']): string {
  const records = partitions.map((each) => each.records ?? null)
  if (records.includes(null)) return '?'
  return String(records.reduce((sum, each) => sum + Number(each), 0))
}

function signedText({ signed, signedBy }: EdgeJson): string {
  if (signed === undefined) return '?'
  if (signed === 'unsigned' || signedBy == null) return 'unsigned'
  return signed === 'signed' ? signedBy : `${signedBy}, withdrawn`
}

function ratesText(rates: EdgeJson['rates']): string {
  if (rates === undefined || rates === null) return '?'
  return (rates.allow + rates.deny + rates.challenge).toFixed(1)
}

/** The denials, and the part of them whose tokens are possibly fresh. */
function deniedRatesText(rates: EdgeJson['rates']): string {
  if (rates === undefined || rates === null) return '?'
  const { deny, denied: { unverified = 0 } = {} } = rates
  return unverified === 0
    ? deny.toFixed(1)
    : `${deny.toFixed(1)}, ${unverified.toFixed(1)} unverified`
}

/** Returns whether the edge names a source that it cannot vouch for. The status shows that a whole view is out. */
export function isUnverified(edge: EdgeJson): boolean {
  const vouching = vouchingOf(edge)
  return vouching.kind === 'named' && vouching.sources.length > 0
}

/** The sources that an edge cannot vouch for: `hr, iga`, or in full `hr (since 14s), iga (never heard)`. */
export function unverifiedText(
  edge: EdgeJson,
  { isLong, nowMs }: { readonly isLong: boolean; readonly nowMs: number | undefined },
): string {
  const vouching = vouchingOf(edge)
  if (vouching.kind === 'unknown') return '?'
  if (vouching.kind === 'all') return 'every source'
  const names = vouching.sources.map(({ name, since }) =>
    isLong ? `${name} (${sinceText(since, nowMs)})` : name,
  )
  const all = [...names, ...(vouching.more === 0 ? [] : [`${vouching.more} more`])]
  return all.length === 0 ? '-' : all.join(', ')
}

/** The denials of the last hour by reason, like `6 unverified, 2 stale`. */
export function denialsText(minutes: EdgeHistory['minutes']): string {
  if (minutes.every(({ denied }) => denied === undefined)) return '?'
  const counts = deniedIn(minutes).map(({ reason, count }) => `${count} ${reason}`)
  return counts.length === 0 ? 'none' : counts.join(', ')
}

function sinceText(since: string | null, nowMs: number | undefined): string {
  if (since === null) return 'never heard'
  const ms = nowMs === undefined ? Number.NaN : nowMs - Date.parse(since)
  return `since ${Number.isNaN(ms) ? since : spanText(Math.max(0, ms))}`
}

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
