import type { QuarantinedJson, QuarantinedList } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { cliOf } from '../copy/cli-of.ts'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { QuarantinedSection } from './quarantined-section.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

const AGAIN_MS = 10_000
const STATES = ['waiting', 'open', 'replaying', 'replayed', 'dropped', 'any']

const COLUMNS: readonly Column<QuarantinedJson>[] = [
  { name: 'Record', cell: ({ id }) => <Id id={id} href={placeOf('/quarantine', { id })} /> },
  { name: 'State', cell: ({ state }) => <Badge word={state} /> },
  { name: 'Reason', cell: ({ reason }) => reason },
  { name: 'Rule', cell: ({ rule }) => rule },
  {
    name: 'Source',
    cell: ({ source, proven }) =>
      source === null ? '–' : `${source}${proven ? '' : ', unproven'}`,
  },
  { name: 'Arrivals', cell: ({ arrivals }) => arrivals, isFigure: true },
  { name: 'First found', cell: ({ first }) => <Time at={first.at} />, isTime: true },
]

/** The quarantined records, their reasons, and their orders. */
export function QuarantinePage({ place }: { readonly place: Place }): JSX.Element {
  const id = place.query.get('id')
  return id === null ? (
    <QuarantinedRecords place={place} />
  ) : (
    <QuarantinedSection id={id} key={id} />
  )
}

function QuarantinedRecords({ place }: { readonly place: Place }): JSX.Element {
  const [state, reason, source] = ['state', 'reason', 'source'].map((name) => place.query.get(name))
  const query = {
    state: state ?? null,
    reason: reason ?? null,
    source: source ?? null,
    after: place.query.get('after'),
  }
  const path = placeOf('/v1/quarantine', query)
  const answer = useAnswer<QuarantinedList>(path, AGAIN_MS)
  return (
    <>
      <PageHead
        title="Quarantine"
        commands={{
          cli: cliOf('quarantine ls', { state, code: reason, source, after: query.after }),
          path,
        }}
      />
      <Filters query={query} />
      <Answered answer={answer} what="the quarantine">
        {({ items, next, counts }) => (
          <>
            <Reasons counts={counts} />
            <section class="card">
              <h2>Records</h2>
              <Table
                caption="Quarantined records"
                columns={COLUMNS}
                rows={items}
                keyOf={(row) => row.id}
                empty={
                  isEverything(query)
                    ? 'No record waits in the quarantine.'
                    : 'No quarantined record matches.'
                }
              />
              {next !== null && (
                <a href={placeOf('/quarantine', { ...query, after: next })}>Next page</a>
              )}
            </section>
          </>
        )}
      </Answered>
    </>
  )
}

type Query = Readonly<Record<string, string | null>>

/** Returns whether the list has every waiting record. */
function isEverything(query: Query): boolean {
  return Object.values(query).every((value) => !value)
}

function Filters({ query }: { readonly query: Query }): JSX.Element {
  const show = (more: Query): void =>
    goTo(placeOf('/quarantine', { ...query, after: null, ...more }))
  return (
    <div class="filters">
      <label>
        State
        <select
          value={query['state'] ?? 'waiting'}
          onChange={(event) => show({ state: event.currentTarget.value })}
        >
          {STATES.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
      {query['reason'] && (
        <button type="button" onClick={() => show({ reason: null })}>
          Reason {query['reason']}: show all
        </button>
      )}
      {query['source'] && (
        <button type="button" onClick={() => show({ source: null })}>
          Source {query['source']}: show all
        </button>
      )}
    </div>
  )
}

type Count = QuarantinedList['counts'][number]

/** The number for each reason: a table whose last column draws its figures. */
function Reasons({ counts }: Pick<QuarantinedList, 'counts'>): JSX.Element | null {
  if (counts.length === 0) return null
  const most = Math.max(...counts.map(({ records }) => records))
  const columns: readonly Column<Count>[] = [
    {
      name: 'Reason',
      cell: ({ reason }) => <a href={placeOf('/quarantine', { reason })}>{reason}</a>,
    },
    { name: 'Topic', cell: ({ topic }) => topic },
    { name: 'Records', cell: ({ records }) => records, isFigure: true },
    { name: 'Oldest', cell: ({ oldestAt }) => <Time at={oldestAt} />, isTime: true },
    {
      name: 'Share',
      cell: ({ records }) => (
        <div class="track" aria-hidden="true">
          <i class="span" style={{ width: `${(records / most) * 100}%` }} />
        </div>
      ),
    },
  ]
  return (
    <section class="card">
      <h2>Reasons</h2>
      <Table
        caption="Quarantined records by reason"
        columns={columns}
        rows={counts}
        keyOf={({ topic, reason, state }) => `${topic}/${reason}/${state}`}
        empty=""
      />
    </section>
  )
}
