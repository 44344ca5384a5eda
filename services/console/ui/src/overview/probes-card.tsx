import type { Lag, Probe, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { oldestView } from './behind.ts'
import { Spark } from '../parts/spark.tsx'

const columnsAt = (nowMs: number): readonly Column<Probe>[] => [
  {
    name: 'Claim',
    cell: ({ claim, change }) =>
      change === null ? claim : <a href={placeOf('/explain', { change })}>{claim}</a>,
  },
  {
    name: 'Last',
    cell: ({ at }) => `${spanOf(Math.max(0, nowMs - Date.parse(at)))} ago`,
    isFigure: true,
  },
  { name: 'Duration', cell: (probe) => tookOf(probe), isFigure: true },
  {
    name: 'Recent',
    cell: ({ recent }) => (
      <Spark points={recent.map(({ tookMs }) => tookMs)} label={wordsOf(recent)} />
    ),
  },
]

/**
 * The state of the whole way, in a quiet hour too: the heartbeat at every edge, and a value removed on
 * purpose.
 */
export function ProbesCard({
  status,
  lag,
}: {
  readonly status: Answer<Status>
  readonly lag: Answer<Lag>
}): JSX.Element {
  return (
    <section class="card">
      <h2>Probes</h2>
      <Answered answer={lag} what="the heartbeat">
        {(known) => <p>{heartbeatOf(known)}</p>}
      </Answered>
      <Answered answer={status} what="the probes">
        {({ probes = null, measuredAt }) =>
          probes === null ? (
            <p class="empty">No probe runs: without traffic, an outage is not detected.</p>
          ) : (
            <Table
              caption="Probes of the whole path"
              columns={columnsAt(Date.parse(measuredAt))}
              rows={probes}
              keyOf={({ claim }) => claim}
              empty="No probe has ended since the console started."
            />
          )
        }
      </Answered>
    </section>
  )
}

function heartbeatOf({ edges }: Lag): string {
  const oldest = oldestView(edges)
  if (oldest === 'none') return 'Heartbeat: no edge is connected.'
  if (oldest.behindMs === null)
    return `Heartbeat: ${oldest.edge} has received nothing of partition ${oldest.partition}.`
  return `Heartbeat: received at every connected edge. The oldest is ${spanOf(oldest.behindMs)} old, at ${oldest.edge}.`
}

function tookOf({ tookMs, broken }: Probe): JSX.Element | string {
  if (tookMs !== null) return spanOf(tookMs)
  const where =
    broken === null ? '' : ` at ${broken.step}${broken.at === null ? '' : `, ${broken.at}`}`
  return (
    <span title={broken?.why}>
      <Badge word="lost" tone="bad" />
      {where}
    </span>
  )
}

function wordsOf(recent: Probe['recent']): string {
  const held = recent.flatMap(({ tookMs }) => tookMs ?? [])
  const lost = recent.length - held.length
  const most = held.length === 0 ? '' : `, within ${spanOf(Math.max(...held))}`
  return `${held.length} of the last ${countOf(recent.length, 'probe')} succeeded${most}; ${lost} lost`
}
