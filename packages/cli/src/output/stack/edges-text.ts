import type { EdgeJson, EdgesAnswer } from '@freshet/insight/answers'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'

/** An age from before an edge's silence is not its present age. */
const SILENT: ReadonlySet<string> = new Set(['disconnected', 'closed'])

const COLUMNS: readonly TableColumn[] = [
  { heading: 'EDGE' },
  { heading: 'AUDIENCE' },
  { heading: 'STATUS' },
  { heading: 'STATE' },
  { heading: 'VIEW AGE', align: 'right' },
  { heading: 'LAG', align: 'right' },
  { heading: 'PARTITIONS', align: 'right' },
  { heading: 'DECISIONS/S', align: 'right' },
  { heading: 'SIGNED' },
  { heading: 'REPORTED' },
  { heading: 'VERSION' },
]

/**
 * The edges as a table. The age is that of the oldest of an edge's partition views; its lag is the number of records
 * that it has not read, heartbeats among them; of the partitions it counts those in which a heartbeat was
 * verified. The position applied in each is in the data. Signed names the client that signs the reports of the edge. `conflict`:
 * two processes report under the same id.
 */
export function edgesText({
  items,
  next,
  total,
  groups = [],
  uncounted = 0,
}: Omit<EdgesAnswer, 'apiVersion'>): string {
  if (items.length + groups.length === 0) return 'no edge has reported within the last hour'
  const more =
    next == null
      ? []
      : [`${items.length} of ${total ?? 'more'} edges: edge ls --after ${printable(next)}`]
  const beyond =
    uncounted === 0 ? [] : [`${uncounted} edges report over the limit: no figure counts them`]
  const all = groups.length === 0 ? [] : [groupsText(groups)]
  const tables = [...beyond, ...all, tableText(items), ...more]
  return tables.join('\n\n')
}

/** Edges by audience and status; each figure is that of the worst of them. */
export function groupsText(groups: readonly EdgeJson[]): string {
  const bounds = ['VIEW AGE, UPPER BOUND', 'LAG, UPPER BOUND']
  const columns = ['GROUP', 'EDGES', 'STATUS', ...bounds, 'SIGNED']
  const rows = groups.map(({ edge, edges = 1, standing, partitions, signedEdges }) => {
    const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
    const signed = signedEdges === undefined ? '?' : String(signedEdges)
    return [edge, String(edges), standing, ageText(ages), behindText(partitions), signed]
  })
  return tableOf(
    columns.map((heading, at) => (at === 1 || at > 2 ? { heading, align: 'right' } : { heading })),
    rows,
  )
}

function tableText(items: readonly EdgeJson[]): string {
  const rows = items.map((item) => {
    const { edge, audience, state, partitions, rates, conflict, ...last } = item
    const standing = conflict === true ? `${item.standing}, conflict` : item.standing
    const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
    const oldest = SILENT.has(item.standing) ? '?' : ageText(ages)
    const seen = `${ages.filter((age) => age !== null).length}/${ages.length}`
    const { reportedAt, version } = last
    const lag = [behindText(partitions), seen, ratesText(rates), signedText(item)]
    return [edge, audience, standing, state, oldest, ...lag, reportedAt, version]
  })
  return tableOf(COLUMNS, rows)
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
