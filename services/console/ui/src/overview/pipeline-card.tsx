import type { Lag, Status } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Facts } from '../parts/facts.tsx'
import { edgesBehind, recordingBehind } from './behind.ts'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { whatOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

type Partition = Status['partitions'][number]

const COLUMNS: readonly Column<Partition>[] = [
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Lag', cell: ({ lag }) => lag ?? 'unknown', isFigure: true },
  { name: 'Outbox', cell: ({ waiting }) => waiting, isFigure: true },
  {
    name: 'Published',
    cell: ({ publishedAt }) => (publishedAt === null ? 'never' : <Time at={publishedAt} />),
    isTime: true,
  },
]

/** The progress of recording and publishing. Without the broker its figures are not shown. */
export function PipelineCard({
  answer,
  lag,
}: {
  readonly answer: Answer<Status>
  readonly lag: Answer<Lag>
}): JSX.Element {
  return (
    <section class="card">
      <h2>Pipeline</h2>
      <Answered answer={answer} what="the pipeline">
        {(status) => (
          <>
            {status.partitions.some(({ end }) => end === null) && (
              <p class="note warn">
                Kafka does not answer the console: the lag of recording is unknown.
              </p>
            )}
            <Table
              caption="Partitions"
              columns={COLUMNS}
              rows={status.partitions}
              keyOf={({ partition }) => String(partition)}
              empty="No record was processed yet."
            />
            <Facts facts={factsOf(status)} />
          </>
        )}
      </Answered>
      <Answered answer={lag} what="the lag">
        {(known) => (
          <Facts facts={{ Recording: recordingBehind(known), Edges: edgesBehind(known) }} />
        )}
      </Answered>
    </section>
  )
}

function factsOf({ policy, lastChange }: Status): Parameters<typeof Facts>[0]['facts'] {
  const active = policy.active === null ? 'none' : `version ${policy.active.version}`
  return {
    'Active policy': active,
    'Last change': lastChange && (
      <>
        <Id id={lastChange.id} href={placeOf('/explain', { change: lastChange.id })} />{' '}
        {whatOf(lastChange)}, <Time at={lastChange.recordedAt} />
      </>
    ),
  }
}
