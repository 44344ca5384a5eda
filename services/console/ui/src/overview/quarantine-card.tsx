import type { QuarantinedList } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'

/** The number of quarantined records, by reason. */
export type QuarantinedCounts = Pick<QuarantinedList, 'counts'>

type Count = QuarantinedCounts['counts'][number]

const COLUMNS: readonly Column<Count>[] = [
  {
    name: 'Reason',
    cell: ({ reason }) => <a href={placeOf('/quarantine', { reason })}>{reason}</a>,
  },
  { name: 'Records', cell: ({ records }) => records, isFigure: true },
  { name: 'Oldest', cell: ({ oldestAt }) => <Time at={oldestAt} />, isTime: true },
]

/** The quarantined records, by reason. */
export function QuarantineCard({
  answer,
}: {
  readonly answer: Answer<QuarantinedCounts>
}): JSX.Element {
  return (
    <section class="card">
      <h2>
        <a href="/quarantine">Quarantine</a>
      </h2>
      <Answered answer={answer} what="the quarantine">
        {({ counts }) => (
          <Table
            caption="Quarantined records by reason"
            columns={COLUMNS}
            rows={counts}
            keyOf={({ topic, reason, state }) => `${topic}/${reason}/${state}`}
            empty="The quarantine is empty."
          />
        )}
      </Answered>
    </section>
  )
}
