import type { AuditAnswer, AuditEntryJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { Icon } from '../parts/icon.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'
import { countOf } from '../parts/words.ts'
import { goTo, placeOf, type Place } from '../shell/route.ts'
import { useIsOperator } from '../shell/session.tsx'
import { heldIn } from './held.ts'
import { HoldersSection } from './holders-section.tsx'
import { Time } from '../parts/time.tsx'
import { cliOf } from '../copy/cli-of.ts'
import { Id } from '../copy/id.tsx'

const AGAIN_MS = 10_000

const COLUMNS: readonly Column<AuditEntryJson>[] = [
  { name: 'At', cell: ({ at }) => <Time at={at} />, isTime: true },
  {
    name: 'Kind',
    isLead: true,
    cell: ({ kind }) => <a href={placeOf('/audit', { kind })}>{kind.replaceAll('-', ' ')}</a>,
  },
  { name: 'By', cell: ({ by }) => by ?? 'not readable by this build' },
  { name: 'About', cell: (entry) => <About entry={entry} /> },
  { name: 'Tenant', cell: ({ tenant }) => (tenant === '*' ? 'every' : tenant) },
  { name: 'Details', cell: ({ detail }) => factsText(detail) },
  { name: 'Entry', cell: ({ stream, n }) => `${stream} ${n}`, isFigure: true },
]

/** The orders, mints and decisions, sealed in chains; and the holders of a value, by the ledger. */
export function AuditPage({ place }: { readonly place: Place }): JSX.Element {
  const isOperator = useIsOperator()
  const [stream, kind, ref] = ['stream', 'kind', 'ref'].map((name) => place.query.get(name))
  const query = { stream: stream ?? null, kind: kind ?? null, ref: ref ?? null }
  const path = placeOf('/v1/audit', query)
  const answer = useAnswer<AuditAnswer>(isOperator ? path : null, AGAIN_MS)
  return (
    <>
      <PageHead title="Audit and ledger" commands={{ cli: cliOf('audit ls', query), path }} />
      <p class="quiet">
        <code>npx freshet audit verify</code> checks the integrity, with keys that this console does
        not have.
      </p>
      {!isOperator && (
        <p class="note">
          <Icon tone="idle" />
          Audit and ledger are shown to operators. You have the role viewer.
        </p>
      )}
      {isOperator && <HoldersSection held={heldIn(place.query)} />}
      {isOperator && <Filters query={query} />}
      {isOperator && <Entries answer={answer} />}
    </>
  )
}

interface Query {
  readonly stream: string | null
  readonly kind: string | null
  readonly ref: string | null
}

function Filters({ query }: { readonly query: Query }): JSX.Element {
  const show = (more: Partial<Query>): void => goTo(placeOf('/audit', { ...query, ...more }))
  return (
    <div class="filters">
      <label>
        Chain
        <select
          value={query.stream ?? ''}
          onChange={(event) => show({ stream: event.currentTarget.value })}
        >
          <option value="">both</option>
          <option value="control">control: orders</option>
          <option value="tokens">tokens: the ledger</option>
        </select>
      </label>
      <label>
        About
        <input
          type="search"
          value={query.ref ?? ''}
          onChange={(event) => show({ ref: event.currentTarget.value })}
        />
      </label>
      {query.kind && (
        <button type="button" onClick={() => show({ kind: null })}>
          {query.kind}: show all kinds
        </button>
      )}
    </div>
  )
}

function Entries({ answer }: { readonly answer: Answer<AuditAnswer> }): JSX.Element {
  return (
    <Told answer={answer} what="the audit">
      {({ streams, items }) => (
        <>
          <p class="quiet">
            {streams
              .map(
                (each) =>
                  `${each.stream}: ${countOf(Number(each.sealed), 'entry', 'entries')} sealed, ${each.pending} waiting`,
              )
              .join(' · ')}
          </p>
          <Table
            caption="Sealed entries"
            columns={COLUMNS}
            rows={items}
            keyOf={({ stream: chain, n }) => `${chain}/${n}`}
            empty="No sealed entry matches. New entries are sealed within seconds."
          />
        </>
      )}
    </Told>
  )
}

/** The object of an entry, if another page shows more. */
function About({ entry: { kind, ref } }: { readonly entry: AuditEntryJson }): JSX.Element {
  if (kind.startsWith('token-') || kind === 'access-decided')
    return <Id id={ref} href={placeOf('/explain', { token: ref })} />
  if (kind.startsWith('quarantine-'))
    return <Id id={ref} href={placeOf('/quarantine', { id: ref })} />
  if (kind.endsWith('-applied') || kind === 'change-refused')
    return <Id id={ref} href={placeOf('/explain', { change: ref })} />
  return <>{ref}</>
}

function factsText(detail: AuditEntryJson['detail']): string {
  if (detail === null) return ''
  return Object.entries(detail)
    .filter(([, fact]) => fact !== null)
    .map(([name, fact]) => `${name} ${String(fact)}`)
    .join(', ')
}
