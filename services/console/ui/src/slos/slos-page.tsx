import type { SloJson, SlosAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { LatencySection } from '../latency/latency-section.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, shareOf } from '../parts/words.ts'
import { type Place, placeOf } from '../shell/route.ts'
import { SloSection } from './slo-section.tsx'
import { byNeed, burnText, windowText } from './slo-words.ts'
import { Badge } from '../parts/badge.tsx'
import { BudgetBar } from './budget-bar.tsx'
import { SloTrend } from './slo-trend.tsx'

/** The columns of an objective's row. */
const SLO_COLUMNS: readonly Column<SloJson>[] = [
  {
    name: 'Objective',
    isLead: true,
    cell: ({ name, description }) => (
      <>
        <a href={placeOf('/slos', { slo: name })}>{name}</a>
        <span class="promise quiet">{description}</span>
      </>
    ),
  },
  { name: 'State', cell: ({ state }) => <Badge word={state} /> },
  {
    name: 'Error budget',
    cell: (slo) =>
      slo.state !== 'no-data' && (
        <>
          <BudgetBar slo={slo} />
          <span class="quiet">{windowText(slo)}</span>
        </>
      ),
  },
  {
    name: 'Good',
    cell: ({ ratio, target }) =>
      ratio === null ? (
        'no data'
      ) : (
        <>
          <span class="moment">{shareOf(ratio)}</span> of{' '}
          <span class="moment">{shareOf(target)}</span>
        </>
      ),
  },
  { name: 'Burn', cell: ({ burn, state }) => state !== 'no-data' && burnText(burn) },
  {
    name: 'Bad by day, and the worst',
    cell: ({ name, state }) => state !== 'no-data' && <SloTrend name={name} />,
  },
]

const AGAIN_MS = 10_000
const NOT_FOUND = 404

/** The rest of each budget, and the events that burned it. */
export function SlosPage({ place }: { readonly place: Place }): JSX.Element {
  const name = place.query.get('slo')
  const answer = useAnswer<SlosAnswer>('/v1/slos', AGAIN_MS)
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND) return <NotMeasured />
  return (
    <>
      <PageHead title="SLOs" commands={{ cli: 'slo report', path: '/v1/slos' }} />
      {name !== null && <SloSection name={name} key={name} />}
      <Answered answer={answer} what="the objectives">
        {({ items }) => <Objectives items={byNeed(items)} />}
      </Answered>
      <LatencySection place={place} />
    </>
  )
}

/** Objectives without data are below the others: a reader looks for those with a budget. */
function Objectives({ items }: { readonly items: readonly SloJson[] }): JSX.Element {
  const withoutData = items.filter(({ state }) => state === 'no-data')
  return (
    <>
      <Table
        caption="Objectives"
        columns={SLO_COLUMNS}
        rows={items.filter(({ state }) => state !== 'no-data')}
        keyOf={(slo) => slo.name}
        empty={
          items.length === 0
            ? 'The file of objectives of this console (FRESHET_SLOS) has none.'
            : 'Nothing was measured yet. The first change, or the first minute of an edge, gives a figure.'
        }
      />
      {withoutData.length > 0 && (
        <details class="met">
          <summary>{countOf(withoutData.length, 'objective')} without data</summary>
          <Table
            caption="Objectives without data"
            columns={SLO_COLUMNS}
            rows={withoutData}
            keyOf={(slo) => slo.name}
            empty=""
          />
        </details>
      )}
    </>
  )
}

function NotMeasured(): JSX.Element {
  return (
    <>
      <PageHead title="SLOs" />
      <p class="empty">Objectives are not measured yet.</p>
    </>
  )
}
