import type { EdgeHistory } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Spark } from '../parts/spark.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { countOf, offsetOf, spanOf } from '../parts/words.ts'
import { Time } from '../parts/time.tsx'

type Apply = EdgeHistory['applies'][number]
type Minute = EdgeHistory['minutes'][number]

const AGAIN_MS = 10_000
const NOT_FOUND = 404

const COLUMNS: readonly Column<Apply>[] = [
  { name: 'Applied', cell: ({ appliedAt }) => <Time at={appliedAt} />, isTime: true },
  { name: 'Partition', cell: ({ partition }) => (partition === 0 ? '0, control' : partition) },
  { name: 'Offset', cell: ({ upTo }) => upTo, isFigure: true },
  { name: 'After its append', cell: ({ afterMs }) => offsetOf(afterMs), isFigure: true },
]

/** The age of an edge's view, minute by minute, and its last applies. */
export function EdgeLately({ edge }: { readonly edge: string }): JSX.Element {
  const answer = useAnswer<EdgeHistory>(`/v1/edges/${encodeURIComponent(edge)}`, AGAIN_MS)
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND)
    return <p class="empty">This edge has sent no report lately.</p>
  return (
    <Told answer={answer} what="its last minutes">
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
