import type { JSX } from 'preact'
import { cliOf } from '../copy/cli-of.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Table } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf } from '../parts/words.ts'
import type { Place } from '../shell/route.ts'
import { FLOW_COLUMNS } from './flow-columns.tsx'
import { keyOf, matches } from './flow.ts'
import { filterIn, LiveFilters } from './live-filters.tsx'
import { useFlow } from './use-flow.ts'

const GAPS: Readonly<Record<string, string>> = {
  unavailable: 'The console was unavailable for a while. The page loaded the latest changes again.',
  'too-many': 'There were too many changes to show each one. The page loaded the latest again.',
  'too-long-away': 'This browser was away for too long. The page loaded the latest changes again.',
}

/** Changes as they happen, one row each, from the record to the last edge. */
export function LivePage({ place }: { readonly place: Place }): JSX.Element {
  const flow = useFlow()
  const filter = filterIn(place.query)
  const shown = flow.rows.filter((row) => matches(row, filter))
  return (
    <>
      <PageHead
        title="Live"
        commands={{ cli: cliOf('change tail', { probes: filter.hasProbes }), path: '/v1/stream' }}
      />
      <LiveFilters filter={filter} flow={flow} />
      {flow.gap !== undefined && <p class="note warn">{GAPS[flow.gap] ?? flow.gap}</p>}
      <p class="hidden" role="status" aria-live="polite">
        {countOf(shown.length, 'change')} shown
      </p>
      <Answered answer={flow.answer} what="the latest changes">
        {() => (
          <Table
            caption="Changes"
            columns={FLOW_COLUMNS}
            rows={shown}
            keyOf={keyOf}
            empty={
              flow.rows.length === 0
                ? 'No change was recorded lately. The next one appears here by itself.'
                : 'No change matches.'
            }
          />
        )}
      </Answered>
    </>
  )
}
