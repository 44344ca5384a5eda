import type { EdgeJson, EdgesAnswer } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { PLAIN_VIEW, type View } from '../view.ts'
import { numberOf } from '../number-of.ts'
import { isUnverified, unverifiedText } from '../lists/unverified-text.ts'

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
    const standing = conflict === true ? `${item.standing}, conflict` : item.standing
    const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
    const oldest = SILENT.has(item.standing) ? '?' : ageText(ages)
    const seen = `${ages.filter((age) => age !== null).length}/${ages.length}`
    const { reportedAt, version } = last
    const answers = [ratesText(rates), deniedRatesText(rates), signedText(item)]
    const lag = [behindText(partitions), seen, ...answers]
    const out = unverifiedText(item, { isLong: isWide, nowMs: view.nowMs })
    const unverified = hasUnverified ? [out] : []
    return [edge, audience, standing, ...unverified, state, oldest, ...lag, reportedAt, version]
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
