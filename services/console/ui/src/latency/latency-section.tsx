import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { hasP99, spanOf } from '../parts/words.ts'
import { P99_EVENTS_MIN } from '@freshet/protocol/slo'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { fittedHours, spansInWords, type SpanInWords } from './heat-cells.ts'
import { HeatMap } from './heat-map.tsx'
import type { LatencyAnswer, LatencyStageJson } from '@freshet/insight/answers'
import { STAGE_NAMES } from './stage-names.ts'
import { Time } from '../parts/time.tsx'

const AGAIN_MS = 10_000
const DAY = '24'
const HOURS: Readonly<Record<string, string>> = {
  '1': 'hour',
  '6': '6 hours',
  '24': 'day',
  '168': 'week',
}

const STAGES: readonly Column<LatencyStageJson>[] = [
  { name: 'Stage', cell: ({ stage }) => STAGE_NAMES[stage] ?? stage },
  { name: 'Clocks', cell: ({ clocks: { from, to } }) => (from === to ? from : `${from}, ${to}`) },
  { name: 'Changes', cell: ({ changes }) => changes.toLocaleString('en'), isFigure: true },
  { name: 'p50', cell: (stage) => timeOf(stage, stage.p50Ms), isFigure: true },
  {
    name: 'p99',
    cell: (stage) =>
      stage.changes === 0 || hasP99(stage.changes)
        ? timeOf(stage, stage.p99Ms)
        : `${P99_EVENTS_MIN} needed`,
    isFigure: true,
  },
  { name: 'Max', cell: (stage) => timeOf(stage, stage.maxMs), isFigure: true },
]

const SPANS: readonly Column<SpanInWords>[] = [
  { name: 'From', cell: ({ from }) => <Time at={from} />, isTime: true },
  { name: 'Changes', cell: ({ changes }) => changes.toLocaleString('en'), isFigure: true },
  { name: 'p50', cell: ({ halfWithinMs }) => boundOf(halfWithinMs), isFigure: true },
  { name: 'Max', cell: ({ allWithinMs }) => boundOf(allWithinMs), isFigure: true },
]

/**
 * The times of changes, stage by stage, including the source's own part. The address has the chosen time range. Without
 * one, the range is the shortest with all changes of the day.
 */
export function LatencySection({ place }: { readonly place: Place }): JSX.Element {
  const chosenHours = place.query.get('hours') ?? ''
  const isChosen = Object.hasOwn(HOURS, chosenHours)
  const [fitted, setFitted] = useState<string>()
  const hours = isChosen ? chosenHours : (fitted ?? DAY)
  const path = `/v1/latency?hours=${hours}`
  const answer = useAnswer<LatencyAnswer>(path, AGAIN_MS)
  useEffect(() => {
    if (answer.data === undefined || isChosen || fitted !== undefined) return
    setFitted(String(fittedHours(answer.data)))
  }, [answer.data, isChosen, fitted])
  return (
    <section class="card">
      <div class="section-head">
        <h2>Latency by stage</h2>
        <label>
          of the last{' '}
          <select
            value={hours}
            onChange={(event) => goTo(addressOf(place, event.currentTarget.value))}
          >
            {Object.entries(HOURS).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <span class="quiet">Live changes that took something away, once they were measured.</span>
      </div>
      <Answered answer={answer} what="the latency">
        {(latency) => <Latencies latency={latency} />}
      </Answered>
      <CopyAs path={path} />
    </section>
  )
}

/** The address of the page with this time range. */
function addressOf({ path, query }: Place, hours: string): string {
  return placeOf(path, { ...Object.fromEntries(query), hours })
}

function Latencies({ latency }: { readonly latency: LatencyAnswer }): JSX.Element {
  const { stages, isComplete } = latency
  if (stages.every(({ changes }) => changes === 0))
    return <p class="empty">No live change that took something away was measured in this time.</p>
  return (
    <>
      {!isComplete && (
        <p class="note warn">
          There were more changes than are counted. These figures cover the newest.
        </p>
      )}
      <Table
        caption="Stages"
        columns={STAGES}
        rows={stages}
        keyOf={({ stage }) => stage}
        empty="No stage is measured."
      />
      <div class="heats">
        {stages.map((stage) => (
          <StageMap key={stage.stage} stage={stage} latency={latency} />
        ))}
      </div>
    </>
  )
}

function StageMap({
  stage,
  latency,
}: {
  readonly stage: LatencyStageJson
  readonly latency: LatencyAnswer
}): JSX.Element {
  const name = STAGE_NAMES[stage.stage] ?? stage.stage
  return (
    <div>
      <h3>{name}</h3>
      <HeatMap stage={stage} latency={latency} />
      <details>
        <summary>As a table</summary>
        <Table
          caption={`${name} by time`}
          columns={SPANS}
          rows={spansInWords(stage.spans, latency.boundsMs)}
          keyOf={({ from }) => from}
          empty="No change in this time."
        />
      </details>
    </div>
  )
}

function timeOf({ changes, isAllDone }: LatencyStageJson, ms: number | null): string {
  if (ms !== null) return spanOf(ms)
  return changes > 0 && !isAllDone ? 'never' : '–'
}

function boundOf(ms: number | null): string {
  return ms === null ? 'never' : spanOf(ms)
}
