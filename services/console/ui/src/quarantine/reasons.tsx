import type { ParkedList } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'

type Count = ParkedList['counts'][number]

/** The number for each reason: a table whose last column draws its figures. */
export function Reasons({ counts }: Pick<ParkedList, 'counts'>): JSX.Element | null {
  if (counts.length === 0) return null
  const most = Math.max(...counts.map(({ records }) => records))
  const columns: readonly Column<Count>[] = [
    {
      name: 'Reason',
      cell: ({ reason }) => <a href={placeOf('/quarantine', { reason })}>{reason}</a>,
    },
    { name: 'Topic', cell: ({ topic }) => topic },
    { name: 'Records', cell: ({ records }) => records, isFigure: true },
    { name: 'Oldest', cell: ({ oldestAt }) => <Time at={oldestAt} />, isTime: true },
    {
      name: 'Share',
      cell: ({ records }) => (
        <div class="track" aria-hidden="true">
          <i class="span" style={{ width: `${(records / most) * 100}%` }} />
        </div>
      ),
    },
  ]
  return (
    <section class="card">
      <h2>Reasons</h2>
      <Table
        caption="Quarantined records by reason"
        columns={columns}
        rows={counts}
        keyOf={({ topic, reason, state }) => `${topic}/${reason}/${state}`}
        empty=""
      />
    </section>
  )
}
