import type { Edge } from '@freshet/answers'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { listen } from '../live/stream.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Table } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { edgeColumns } from './edge-columns.tsx'
import { EdgeDetail } from './edge-detail.tsx'

const AGAIN_MS = 5_000
const STANDINGS = [
  'synced',
  'lagging',
  'stale',
  'starting',
  'disconnected',
  'never-connected',
  'closed',
]
/** What needs a person comes first. */
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
  const answer = useAnswer<{ readonly items: readonly Edge[] }>('/v1/edges', AGAIN_MS)
  const standing = place.query.get('standing') ?? ''
  const chosen = place.query.get('edge')
  useEffect(() => listen('edge', () => answer.again()), [])
  return (
    <>
      <PageHead title="Edges" commands={{ cli: 'edge ls', path: '/v1/edges' }} />
      <div class="filters">
        <label>
          Standing
          <select
            value={standing}
            onChange={(event) => goTo(placeOf('/edges', { standing: event.currentTarget.value }))}
          >
            <option value="">any</option>
            {STANDINGS.map((word) => (
              <option key={word} value={word}>
                {word.replaceAll('-', ' ')}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Told answer={answer} what="the edges">
        {({ items }) => (
          <>
            <Table
              caption="Edges"
              columns={edgeColumns(answer.atMs)}
              rows={sorted(items).filter((edge) => standing === '' || edge.standing === standing)}
              keyOf={({ edge }) => edge}
              empty={
                items.length === 0
                  ? 'No edge reported within the last hour. An edge reports once a second as soon as it is created.'
                  : `No edge is ${standing}.`
              }
            />
            {chosen !== null && (
              <EdgeDetail edge={items.find(({ edge }) => edge === chosen)} name={chosen} />
            )}
          </>
        )}
      </Told>
    </>
  )
}

function sorted(edges: readonly Edge[]): readonly Edge[] {
  const rank = ({ standing }: Edge): number => ORDER.indexOf(standing)
  return edges.toSorted((a, b) => rank(a) - rank(b) || a.edge.localeCompare(b.edge))
}
