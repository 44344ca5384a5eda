import type { EdgeHistory, EdgeJson, RegistryAnswer } from '@freshet/insight/answers'
import { deniedIn } from '@freshet/protocol'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { offsetOf, spanOf } from '../parts/words.ts'
import { Time } from '../parts/time.tsx'
import {
  agesText,
  shortestLease,
  viewAges,
  type Minute,
  type ViewAges,
  isVerified,
  topOf,
} from './view-ages.ts'

const WIDTH = 600
const HEIGHT = 100
/** The part of a minute's place that its bar takes. */
const FILLED = 0.8

interface Props {
  readonly ages: ViewAges
  /** The shortest lease. */
  readonly lease: { readonly source: string; readonly leaseMs: number }
}

/** The age of a view by minutes, and the lease as a line. The text and the table beside it have the same content. */
function ViewChart({ ages, lease: { source, leaseMs } }: Props): JSX.Element {
  const { minutes, isSinceStart } = ages
  const topMs = topOf(minutes, leaseMs)
  const step = WIDTH / minutes.length
  const heightOf = (ms: number): number => (ms / topMs) * HEIGHT
  const leaseY = HEIGHT - heightOf(leaseMs)
  return (
    <figure class="view-ages">
      <div class="quiet view-scale" aria-hidden="true">
        <span>{spanOf(topMs)}</span>
        <span>0 s</span>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${agesText(ages)} The lease of ${source} is ${spanOf(leaseMs)}.`}
      >
        {minutes.map(({ at, oldestViewMs }, index) => {
          if (oldestViewMs === null) return null
          const height = isVerified(oldestViewMs) ? Math.max(1, heightOf(oldestViewMs)) : HEIGHT
          return (
            <rect
              key={at}
              class={oldestViewMs > leaseMs ? 'bad' : undefined}
              x={index * step}
              y={HEIGHT - height}
              width={step * FILLED}
              height={height}
            />
          )
        })}
        <line x1="0" x2={WIDTH} y1={leaseY} y2={leaseY} />
      </svg>
      <figcaption class="quiet" aria-hidden="true">
        <span>{isSinceStart ? 'its start' : `${spanOf(minutes.length * 60_000)} ago`}</span>
        <span class="line-name">
          lease of {source}, the shortest: {spanOf(leaseMs)}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  )
}

type Apply = EdgeHistory['applies'][number]

const AGAIN_MS = 10_000
const NOT_FOUND = 404

const COLUMNS: readonly Column<Apply>[] = [
  { name: 'Applied', cell: ({ appliedAt }) => <Time at={appliedAt} />, isTime: true },
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Offset', cell: ({ upTo }) => upTo, isFigure: true },
  { name: 'After its append', cell: ({ afterMs }) => offsetOf(afterMs), isFigure: true },
]

const MINUTES: readonly Column<Minute>[] = [
  { name: 'Minute', cell: ({ at }) => <Time at={at} isClock />, isTime: true },
  {
    name: 'Oldest view',
    cell: ({ oldestViewMs }) => (oldestViewMs === null ? 'not live' : spanOf(oldestViewMs)),
    isFigure: true,
  },
]

/** The age of an edge's view, minute by minute, and its last applies. */
export function EdgeLately({ edge, liveSince }: Pick<EdgeJson, 'edge' | 'liveSince'>): JSX.Element {
  const answer = useAnswer<EdgeHistory>(`/v1/edges/${encodeURIComponent(edge)}`, AGAIN_MS)
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND)
    return <p class="empty">This edge has sent no report lately.</p>
  return (
    <Answered answer={answer} what="its last minutes">
      {({ minutes, applies }) => (
        <>
          <Denials minutes={minutes} />
          <Ages ages={viewAges(minutes, liveSince)} edge={edge} />
          <Table
            caption={`Last changes applied by ${edge}`}
            columns={COLUMNS}
            rows={applies}
            keyOf={({ partition, upTo }) => `${partition}/${upTo}`}
            empty="The edge reported no applied change lately. Beyond 500 edges, the console keeps this for groups only."
          />
          {applies.length > 0 && (
            <p class="quiet">The broker’s clock gives the append, the edge’s clock the apply.</p>
          )}
        </>
      )}
    </Answered>
  )
}

/** The denials of the last hour by reason: with unverified ones, tokens that are possibly fresh were refused. */
function Denials({ minutes }: Pick<EdgeHistory, 'minutes'>): JSX.Element {
  const denied = deniedIn(minutes)
  const isReported = minutes.some((minute) => minute.denied !== undefined)
  return (
    <p>
      Denied within the last hour: {denied.length === 0 && (isReported ? 'no request' : 'unknown')}
      {denied.map(({ reason, count }, at) => (
        <span key={reason} class={reason === 'unverified' ? 'unverified' : undefined}>
          {at > 0 && ', '}
          {count.toLocaleString('en')} {reason}
        </span>
      ))}
    </p>
  )
}

function Ages({ ages, edge }: { readonly ages: ViewAges; readonly edge: string }): JSX.Element {
  const { data } = useAnswer<RegistryAnswer>('/v1/registry', 'once')
  const lease = shortestLease(data?.sources)
  return (
    <>
      <h3>Age of its view</h3>
      <p class="quiet">{agesText(ages)}</p>
      {lease && <ViewChart ages={ages} lease={lease} />}
      <details>
        <summary>As a table</summary>
        <Table
          caption={`Age of the view of ${edge}`}
          columns={MINUTES}
          rows={ages.minutes}
          keyOf={({ at }) => at}
          empty="No minute is measured."
        />
      </details>
      <h3>Last applied changes</h3>
    </>
  )
}
