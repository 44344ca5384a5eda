import type { SloJson } from '@freshet/insight/answers'
import { Badge } from '../parts/badge.tsx'
import type { Column } from '../parts/table.tsx'
import { shareOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { BudgetBar } from './budget-bar.tsx'
import { SloTrend } from './slo-trend.tsx'
import { burnText, windowText } from './slo-words.ts'

/** The columns of an objective's row. */
export const SLO_COLUMNS: readonly Column<SloJson>[] = [
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
