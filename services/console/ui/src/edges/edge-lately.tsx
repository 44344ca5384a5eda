import type { EdgeHistory } from '@freshet/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Spark } from '../parts/spark.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { countOf, momentOf, offsetOf, spanOf } from '../parts/words.ts'

type Apply = EdgeHistory['applies'][number]
type Minute = EdgeHistory['minutes'][number]

const AGAIN_MS = 10_000
const NOT_FOUND = 404

const COLUMNS: readonly Column<Apply>[] = [
  { name: 'Applied', cell: ({ appliedAt }) => momentOf(appliedAt), isTime: true },
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Below', cell: ({ upTo }) => upTo, isFigure: true },
  { name: 'After its append', cell: ({ afterMs }) => offsetOf(afterMs), isFigure: true },
]

/** The age of an edge's view, minute by minute, and its last applies. */
export function EdgeLately({ edge }: { readonly edge: string }): JSX.Element {
  const answer = useAnswer<EdgeHistory>(`/v1/edges/${encodeURIComponent(edge)}`, AGAIN_MS)
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND)
    return <p class="empty">It has not told of itself lately.</p>
  return (
    <Told answer={answer} what="how it stood lately">
      {({ minutes, applies }) => (
        <>
          <p class="lately">
            <Spark
              points={minutes.map(({ oldestViewMs }) => oldestViewMs ?? undefined)}
              label={said(minutes)}
            />
            <span class="quiet">{said(minutes)}</span>
          </p>
          <Table
            caption={`What ${edge} applied last`}
            columns={COLUMNS}
            rows={applies}
            keyOf={({ partition, upTo }) => `${partition}/${upTo}`}
            empty="It told of nothing that it applied lately. Beyond 500 edges that is kept of their groups alone."
          />
          {applies.length > 0 && (
            <p class="quiet">Appended by the broker’s clock, applied by the clock of the edge.</p>
          )}
        </>
      )}
    </Told>
  )
}

/** The content of the bars as a text. */
export function said(minutes: readonly Minute[]): string {
  const ages = minutes.flatMap(({ oldestViewMs }) => oldestViewMs ?? [])
  if (ages.length === 0) return `Not live in the last ${countOf(minutes.length, 'minute')}.`
  const away = minutes.length - ages.length
  const most = `Its view was ${spanOf(Math.max(...ages))} old at most in the last ${countOf(minutes.length, 'minute')}`
  return away === 0 ? `${most}.` : `${most}; in ${away} of them it was not live.`
}
