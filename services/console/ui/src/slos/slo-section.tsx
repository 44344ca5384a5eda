import type { SloJson, SloAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { shareOf } from '../parts/words.ts'
import { BudgetBar } from './budget-bar.tsx'
import { BudgetChart } from './budget-chart.tsx'
import { budgetDays, type Day } from './budget-days.ts'
import { LetInSection } from './let-in.tsx'
import { alertText, leftText, windowText } from './slo-words.ts'
import { Worst } from './worst.tsx'

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
      <Told answer={answer} what="the objective">
        {(slo) => <SloBody slo={slo} path={path} />}
      </Told>
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
