import type { EdgeJson, EdgesAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { listen } from '../live/stream.ts'
import { cliOf } from '../copy/cli-of.ts'
import type { Commands } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, spanOf } from '../parts/words.ts'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { edgeColumns } from './edge-columns.tsx'
import { Badge } from '../parts/badge.tsx'
import { EdgeLately } from './edge-lately.tsx'
import { lagText } from './lag.ts'
import { UnverifiedSources } from './unverified-sources.tsx'
import { RawJson } from '../explain/raw-json.tsx'

const SHOWN: ReadonlySet<string> = new Set([
  'Status',
  'Cannot vouch for',
  'Audience',
  'View age',
  'Lag',
])

/** All edges by audience and status, where they are too many to be measured one by one. */
function EdgeGroups({
  groups,
  nowMs,
}: {
  readonly groups: readonly EdgeJson[]
  readonly nowMs: number
}): JSX.Element {
  const figures = edgeColumns(nowMs).filter(({ name }) => SHOWN.has(name))
  const edges = { name: 'Edges', cell: ({ edges: all = 1 }: EdgeJson) => all.toLocaleString('en') }
  const signed = {
    name: 'Signed',
    cell: ({ signedEdges }: EdgeJson) => signedEdges?.toLocaleString('en') ?? 'unknown',
  }
  return (
    <>
      <p class="quiet">
        There are too many edges to measure each one. The figures of a group are upper bounds: they
        hold for its worst edge.
      </p>
      <Table
        caption="Groups of edges"
        columns={[...figures, { ...edges, isFigure: true }, { ...signed, isFigure: true }]}
        rows={groups}
        keyOf={({ edge }) => edge}
        empty=""
      />
    </>
  )
}

type Partition = EdgeJson['partitions'][number]

const COLUMNS: readonly Column<Partition>[] = [
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Offset', cell: ({ applied }) => applied, isFigure: true },
  { name: 'Lag', cell: ({ behindMs }) => lagText(behindMs), isFigure: true },
  {
    name: 'View age at its report',
    cell: ({ viewAgeMs }) => (viewAgeMs === null ? 'never verified' : spanOf(viewAgeMs)),
    isFigure: true,
  },
]

/** One edge, partition by partition. */
function EdgeDetail({
  edge,
  name,
  nowMs,
}: {
  readonly edge: EdgeJson | undefined
  readonly name: string
  readonly nowMs: number
}): JSX.Element {
  if (edge === undefined) return <p class="empty">{name} has not reported within the last hour.</p>
  return (
    <section class="card">
      <div class="section-head">
        <h2>{edge.edge}</h2>
        <Badge word={edge.standing} />
        <span class="quiet">{MEANS[edge.standing]}</span>
      </div>
      <p>
        Cannot vouch for: <UnverifiedSources edge={edge} nowMs={nowMs} />
      </p>
      <Table
        caption={`Partitions of ${edge.edge}`}
        columns={COLUMNS}
        rows={edge.partitions}
        keyOf={({ partition }) => String(partition)}
        empty="The edge reported no partition."
      />
      <EdgeLately {...edge} />
      <RawJson value={edge} />
    </section>
  )
}

/** The meaning of a status for callers of the service. */
const MEANS: Readonly<Record<string, string>> = {
  synced: 'it has applied every published change, and is fresh',
  lagging: 'it lags, within its lease',
  stale:
    'its view is older than the lease: it answers unverified, and the policy of each route decides',
  starting: 'it is not ready yet, and allows no request',
  disconnected: 'it sends no reports: the age of its view and its traffic are unknown',
  'never-connected': 'the registry names it, and it never sent a report',
  closed: 'it reported its end',
}

const AGAIN_MS = 5_000
const STATUSES = [
  'synced',
  'lagging',
  'stale',
  'starting',
  'disconnected',
  'never-connected',
  'closed',
]
/** Edges that need a person come first. */
const ORDER = [
  'stale',
  'disconnected',
  'never-connected',
  'lagging',
  'starting',
  'synced',
  'closed',
]

/** Which edge is behind, and how far. */
export function EdgesPage({ place }: { readonly place: Place }): JSX.Element {
  const status = place.query.get('standing') ?? ''
  const after = place.query.get('after')
  const answer = useAnswer<EdgesAnswer>(pathOf(status, after), AGAIN_MS)
  const chosen = place.query.get('edge')
  useEffect(() => listen('edge', () => answer.again()), [])
  return (
    <>
      <PageHead title="Edges" commands={commandsOf(chosen, status, after)} />
      <StatusFilter status={status} />
      <Answered answer={answer} what="the edges">
        {({ items, next = null, total = items.length, groups = [], uncounted = 0 }) => (
          <>
            {uncounted > 0 && <Uncounted edges={uncounted} />}
            {groups.length > 0 && <EdgeGroups groups={groups} nowMs={answer.atMs} />}
            <Table
              caption="Edges"
              columns={edgeColumns(answer.atMs)}
              rows={sorted(items)}
              keyOf={({ edge }) => edge}
              empty={
                status === '' && total === 0
                  ? 'No edge reported within the last hour. Each edge sends a report once a second.'
                  : `No edge is ${status}.`
              }
            />
            {(after !== null || next !== null) && (
              <Pages total={total} status={status} after={after} next={next} />
            )}
            {chosen !== null && (
              <EdgeDetail
                edge={items.find(({ edge }) => edge === chosen)}
                name={chosen}
                nowMs={answer.atMs}
              />
            )}
          </>
        )}
      </Answered>
    </>
  )
}

/** The question of the view: one edge, or the list with its filters. */
function commandsOf(chosen: string | null, status: string, after: string | null): Commands {
  if (chosen === null)
    return { cli: cliOf('edge ls', { status, after }), path: pathOf(status, after) }
  return { cli: `edge get ${quoted(chosen)}`, path: `/v1/edges/${encodeURIComponent(chosen)}` }
}

function Uncounted({ edges }: { readonly edges: number }): JSX.Element {
  return (
    <p class="note warn">
      {countOf(edges, 'edge')} over the limit: no figure on this page and no objective counts them.
    </p>
  )
}

function StatusFilter({ status }: { readonly status: string }): JSX.Element {
  return (
    <div class="filters">
      <label>
        Status
        <select
          value={status}
          onChange={(event) => goTo(placeOf('/edges', { standing: event.currentTarget.value }))}
        >
          <option value="">any</option>
          {STATUSES.map((word) => (
            <option key={word} value={word}>
              {word.replaceAll('-', ' ')}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function pathOf(status: string, after: string | null): string {
  const query = new URLSearchParams()
  if (status !== '') query.set('standing', status)
  if (after !== null) query.set('after', after)
  return query.size === 0 ? '/v1/edges' : `/v1/edges?${query.toString()}`
}

/** Edges come by name, so many at a time. */
function Pages(props: {
  readonly total: number
  readonly status: string
  readonly after: string | null
  readonly next: string | null
}): JSX.Element {
  const { total, status, after, next } = props
  const of = status === '' ? {} : { standing: status }
  return (
    <p>
      {countOf(total, 'edge')} in total
      {after !== null && (
        <>
          , <a href={placeOf('/edges', of)}>first page</a>
        </>
      )}
      {next !== null && (
        <>
          , <a href={placeOf('/edges', { ...of, after: next })}>next page</a>
        </>
      )}
    </p>
  )
}

function sorted(edges: readonly EdgeJson[]): readonly EdgeJson[] {
  const rank = ({ standing }: EdgeJson): number => ORDER.indexOf(standing)
  return edges.toSorted((a, b) => rank(a) - rank(b) || a.edge.localeCompare(b.edge))
}
