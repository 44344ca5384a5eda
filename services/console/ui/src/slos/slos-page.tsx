import type { SloJson, SlosAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { LatencySection } from '../latency/latency-section.tsx'
import { byBudget } from '../overview/slo-cards.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { shareOf } from '../parts/words.ts'
import { placeOf, type Place } from '../shell/route.ts'
import { SloBadge } from './slo-badge.tsx'
import { SloSection } from './slo-section.tsx'

const AGAIN_MS = 10_000
const NOT_FOUND = 404

const COLUMNS: readonly Column<SloJson>[] = [
  { name: 'Objective', cell: ({ name }) => <a href={placeOf('/slos', { slo: name })}>{name}</a> },
  { name: 'State', cell: (slo) => <SloBadge slo={slo} /> },
  {
    name: 'Budget left',
    cell: ({ budgetRemaining }) => (budgetRemaining === null ? '–' : shareOf(budgetRemaining)),
    isFigure: true,
  },
  {
    name: 'Measured',
    cell: ({ ratio }) => (ratio === null ? 'no data' : shareOf(ratio)),
    isFigure: true,
  },
  { name: 'Target', cell: ({ target }) => shareOf(target), isFigure: true },
  { name: 'Events', cell: ({ valid }) => valid.toLocaleString('en'), isFigure: true },
  { name: 'Promise', cell: ({ description }) => description, isText: true },
]

/** The rest of each budget, and the events that burned it. */
export function SlosPage({ place }: { readonly place: Place }): JSX.Element {
  const name = place.query.get('slo')
  const answer = useAnswer<SlosAnswer>('/v1/slos', AGAIN_MS)
  if (answer.data === undefined && answer.problem?.status === NOT_FOUND) return <NotMeasured />
  return (
    <>
      <PageHead title="SLOs" commands={{ cli: 'slo report', path: '/v1/slos' }} />
      {name !== null && <SloSection name={name} key={name} />}
      <Told answer={answer} what="the objectives">
        {({ items }) => (
          <Table
            caption="Objectives"
            columns={COLUMNS}
            rows={byBudget(items)}
            keyOf={(slo) => slo.name}
            empty="This console was given no file of objectives (FRESHET_SLOS)."
          />
        )}
      </Told>
      <LatencySection />
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
