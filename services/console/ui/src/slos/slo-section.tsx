import type { SloJson, SloAnswer, LetInJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { shareOf } from '../parts/words.ts'
import { BudgetBar } from './budget-bar.tsx'
import { budgetDays, type Day } from './budget-days.ts'
import { alertText, leftText, windowText, badText } from './slo-words.ts'
import { Worst } from './worst.tsx'
import { useEffect, useRef, useState } from 'preact/hooks'
import type UPlot from 'uplot'
import { Time } from '../parts/time.tsx'
import { placeOf } from '../shell/route.ts'

const COLUMNS: readonly Column<LetInJson>[] = [
  {
    name: 'Change',
    cell: ({ change }) => <a href={placeOf('/explain', { change })}>{change}</a>,
  },
  { name: 'Let in', cell: ({ requests }) => requests.toLocaleString('en'), isFigure: true },
  { name: 'Edge', cell: ({ edge }) => <a href={placeOf('/edges', { edge })}>{edge}</a> },
  { name: 'Route', cell: ({ route }) => route },
  { name: 'Last', cell: ({ lastAt }) => <Time at={lastAt} />, isTime: true },
]

/** The changes that used the budget of stale allows, by edge and route. */
function LetInSection({ slo }: { readonly slo: SloAnswer }): JSX.Element {
  return (
    <>
      <h3>What used the budget</h3>
      <p>{slo.valid === 0 ? 'no requests yet' : badText('let in', slo)}</p>
      <Table
        caption="Requests that were let in too late"
        columns={COLUMNS}
        rows={slo.letIn ?? []}
        keyOf={({ tenant, change, edge, route }) => `${tenant}/${change}/${edge}/${route}`}
        empty="No edge let in a request that a change takes away."
      />
    </>
  )
}

const HEIGHT = 200
const SECOND_MS = 1_000

/**
 * Draws until the signal aborts. The drawing code is loaded when it is needed: a page without it is complete.
 */
async function drawBudget(
  place: HTMLElement,
  days: readonly Day[],
  signal: AbortSignal,
): Promise<void> {
  const [{ default: Plot }] = await Promise.all([
    import('uplot'),
    import('uplot/dist/uPlot.min.css'),
  ])
  if (signal.aborted) return
  const data: UPlot.AlignedData = [
    days.map(({ atMs }) => atMs / SECOND_MS),
    days.map(({ left }) => left * 100),
  ]
  const chart = new Plot(optionsFor(place), data, place)
  const resized = new ResizeObserver(() =>
    chart.setSize({ width: place.clientWidth, height: HEIGHT }),
  )
  resized.observe(place)
  signal.addEventListener('abort', () => {
    resized.disconnect()
    chart.destroy()
  })
}

function optionsFor(place: HTMLElement): UPlot.Options {
  const colour = (name: string) => (): string =>
    getComputedStyle(place).getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--chart-quiet'),
    grid: { stroke: colour('--chart-line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      y: {
        range: [0, 100],
      },
    },
    axes: [axis, { ...axis, values: (_chart, values) => values.map((percent) => `${percent} %`) }],
    series: [{}, { stroke: colour('--chart-accent'), width: 2, points: { show: false } }],
  }
}

type Burn = SloJson['burn'][number]

const AGAIN_MS = 10_000

const BURNS: readonly Column<Burn>[] = [
  { name: 'Window', cell: ({ window }) => window },
  {
    name: 'Good',
    cell: ({ ratio }) => (ratio === null ? 'no data' : shareOf(ratio)),
    isFigure: true,
  },
  {
    name: 'Burn rate',
    cell: ({ rate }) => (rate === null ? '–' : `${rate.toFixed(2)} ×`),
    isFigure: true,
  },
  { name: 'Alert', cell: ({ alert }) => (alert ? alertText(alert) : '–') },
]

const DAYS: readonly Column<Day>[] = [
  { name: 'Day', cell: ({ day }) => day },
  {
    name: 'Good',
    cell: ({ good }) => good.toLocaleString('en'),
    isFigure: true,
  },
  {
    name: 'Events',
    cell: ({ valid }) => valid.toLocaleString('en'),
    isFigure: true,
  },
  { name: 'Budget left', cell: ({ left }) => leftText(left), isFigure: true },
]

/** One objective: its budget over the window, how fast it burns, and what burned it. */
export function SloSection({ name }: { readonly name: string }): JSX.Element {
  const path = `/v1/slos/${encodeURIComponent(name)}`
  const answer = useAnswer<SloAnswer>(path, AGAIN_MS)
  return (
    <section class="card">
      <Answered answer={answer} what="the objective">
        {(slo) => <SloBody slo={slo} path={path} />}
      </Answered>
    </section>
  )
}

function SloBody({ slo, path }: { readonly slo: SloAnswer; readonly path: string }): JSX.Element {
  return (
    <>
      <div class="section-head">
        <h2>{slo.name}</h2>
        <Badge word={slo.state} />
        <span class="quiet">{slo.description}</span>
      </div>
      <ul class="three">
        <li>
          <BudgetBar slo={slo} /> error budget
        </li>
        <li>
          <span class="big">{slo.ratio === null ? 'no data' : shareOf(slo.ratio)}</span> of{' '}
          {shareOf(slo.target)} in {windowText(slo)}
        </li>
        <li>
          <span class="big">{(slo.valid - slo.good).toLocaleString('en')}</span> of{' '}
          {slo.valid.toLocaleString('en')} bad
        </li>
      </ul>
      <BudgetAndBurn slo={slo} />
      {slo.letIn === undefined ? <Worst items={slo.worst} /> : <LetInSection slo={slo} />}
      <CopyAs cli="slo report" path={path} />
    </>
  )
}

function BudgetAndBurn({ slo }: { readonly slo: SloAnswer }): JSX.Element {
  const days = budgetDays(slo)
  return (
    <div class="two">
      <div>
        <h3>Budget over {slo.windowDays} days</h3>
        {days.length > 1 ? (
          <BudgetChart days={days} />
        ) : (
          <p class="empty">Less than two days are measured.</p>
        )}
        <details>
          <summary>As a table</summary>
          <Table
            caption="Budget by day"
            columns={DAYS}
            rows={days}
            keyOf={({ day }) => day}
            empty="No day is measured."
          />
        </details>
      </div>
      <div>
        <h3>Burn</h3>
        <Table
          caption="Burn by window"
          columns={BURNS}
          rows={slo.burn}
          keyOf={({ window }) => window}
          empty="Nothing is measured."
        />
      </div>
    </div>
  )
}

/**
 * The rest of the budget, day by day. The table below it has the same content, complete even if drawing
 * fails.
 */
function BudgetChart({ days }: { readonly days: readonly Day[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const [isFailed, setFailed] = useState(false)
  useEffect(() => {
    const { current } = place
    if (current === null) return undefined
    const ended = new AbortController()
    drawBudget(current, days, ended.signal).catch(() => setFailed(true))
    return () => ended.abort()
  }, [days])
  if (isFailed)
    return <p class="empty">This browser cannot draw the chart. The table has the same figures.</p>
  return <div ref={place} class="chart" role="img" aria-label={labelOf(days)} />
}

function labelOf(days: readonly Day[]): string {
  const last = days.at(-1)
  return `Budget left by day, from ${days[0]?.day ?? ''} to ${
    last?.day ?? ''
  }: ${leftText(last?.left ?? 0)} at its end`
}
