import type { LiveChange } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { cliOf } from '../copy/cli-of.ts'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { Badge } from '../parts/badge.tsx'
import { completeAfter } from '../parts/edge-words.ts'
import { countOf, whatOf } from '../parts/words.ts'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { keyOf, matches } from './flow.ts'
import { useFlow, type Flow } from './use-flow.ts'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

const COLUMNS: readonly Column<LiveChange>[] = [
  { name: 'Recorded', cell: ({ at }) => <Time at={at} isClock />, isTime: true },
  { name: 'State', cell: ({ state }) => <Badge word={state} /> },
  {
    name: 'Change',
    isLead: true,
    cell: ({ id }) => <Id id={id} href={placeOf('/explain', { change: id })} />,
  },
  { name: 'Source', cell: ({ source }) => source },
  { name: 'Subject', cell: (change) => <SubjectLink change={change} /> },
  { name: 'What', cell: (change) => whatOf(change), isText: true },
  { name: 'Class', cell: (change) => change.class ?? '–' },
  { name: 'Outcome', cell: ({ outcome }) => outcome },
  { name: 'Tokens marked', cell: ({ tokensMarked }) => tokensMarked, isFigure: true },
  {
    name: 'Edges',
    cell: ({ edges, tightened }) => (tightened ? `${edges.applied} of ${edges.awaited}` : '–'),
    isFigure: true,
  },
  {
    name: 'Complete',
    cell: ({ completeMs, isUpperBound }) =>
      completeMs === null ? '–' : completeAfter(completeMs, isUpperBound),
    isFigure: true,
  },
]

/** The subject of a change: a way to its page for operators. */
function SubjectLink({
  change: { subject, tenant },
}: {
  readonly change: LiveChange
}): JSX.Element {
  if (!subject) return <>–</>
  const { sub, iss } = subject
  if (sub === null) return <span class="quiet">masked</span>
  return <a href={placeOf('/explain', { subject: sub, tenant, iss })}>{sub}</a>
}

const GAPS: Readonly<Record<string, string>> = {
  unavailable: 'The console was unavailable for a while. The page loaded the latest changes again.',
  'too-many': 'There were too many changes to show each one. The page loaded the latest again.',
  'too-long-away': 'This browser was away for too long. The page loaded the latest changes again.',
}

/** Changes as they happen, one row each, from the record to the last edge. */
export function LivePage({ place }: { readonly place: Place }): JSX.Element {
  const flow = useFlow()
  const text = place.query.get('q') ?? ''
  const hasProbes = place.query.has('probes')
  const shown = flow.rows.filter((row) => matches(row, text, hasProbes))
  return (
    <>
      <PageHead
        title="Live"
        commands={{ cli: cliOf('change tail', { probes: hasProbes }), path: '/v1/stream' }}
      />
      <LiveFilters text={text} hasProbes={hasProbes} flow={flow} />
      {flow.gap !== undefined && <p class="note warn">{GAPS[flow.gap] ?? flow.gap}</p>}
      <p class="hidden" role="status" aria-live="polite">
        {countOf(shown.length, 'change')} shown
      </p>
      <Told answer={flow.answer} what="the latest changes">
        {() => (
          <Table
            caption="Changes"
            columns={COLUMNS}
            rows={shown}
            keyOf={keyOf}
            empty={
              flow.rows.length === 0
                ? 'No change was recorded lately. The next one appears here by itself.'
                : 'No change matches.'
            }
          />
        )}
      </Told>
    </>
  )
}

interface FilterProps {
  readonly text: string
  readonly hasProbes: boolean
  readonly flow: Flow
}

function LiveFilters({ text, hasProbes, flow }: FilterProps): JSX.Element {
  const show = (q: string, probes: boolean): void =>
    goTo(placeOf('/live', { q, probes: probes ? '1' : null }), { replace: true })
  return (
    <div class="filters">
      <label>
        Filter
        <input
          type="search"
          value={text}
          onInput={(event) => show(event.currentTarget.value, hasProbes)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={hasProbes}
          onChange={(event) => show(text, event.currentTarget.checked)}
        />
        Show probes
      </label>
      <button type="button" onClick={flow.pause} aria-pressed={flow.isPaused}>
        {flow.isPaused ? `Resume (${countOf(flow.held, 'new change')})` : 'Pause'}
      </button>
    </div>
  )
}
