import type { Holders } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { CopyAs } from '../copy/copy-as.tsx'
import { Person } from '../parts/person.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf, momentOf } from '../parts/words.ts'
import { goTo, placeOf } from '../shell/route.ts'
import { Choice } from './choice.tsx'
import { commandOf, pathOf, type Held } from './held.ts'
import { Field } from './field.tsx'
import { momentIn, pickedOf } from './moments.ts'
import type { RegistryNames } from './use-names.ts'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

type Holder = Holders['items'][number]

const COLUMNS: readonly Column<Holder>[] = [
  { name: 'Token', cell: ({ jti }) => <Id id={jti} href={placeOf('/explain', { token: jti })} /> },
  { name: 'Subject', cell: ({ subject }) => <Person subject={subject} /> },
  { name: 'Status', cell: ({ stale }) => <Badge word={stale === null ? 'not-marked' : 'stale'} /> },
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Client', cell: ({ client }) => client },
  { name: 'Policy', cell: ({ policyVersion }) => policyVersion, isFigure: true },
  { name: 'Issued', cell: ({ issuedAt }) => <Time at={issuedAt} />, isTime: true },
  { name: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} />, isTime: true },
]

const WORDS = ['tenant', 'claim', 'value'] as const

interface Props {
  readonly held: Held
  readonly names: RegistryNames
}

/** The ledger: which tokens carry a value, or carried it at a time. */
export function HoldersSection({ held, names }: Props): JSX.Element {
  const path = pathOf(held)
  const answer = useAnswer<Holders>(path, 'once')
  return (
    <section class="card">
      <h2>Holders of a value</h2>
      <form class="filters" onSubmit={show}>
        <Choice
          {...{ label: 'Tenant', name: 'tenant', value: held.tenant, names: names.tenants }}
        />
        <Choice {...{ label: 'Claim', name: 'claim', value: held.claim, names: names.claims }} />
        <Field {...{ label: 'Value', name: 'value', value: held.value ?? '', required: true }} />
        <Field
          {...{ label: 'At (empty: now)', name: 'at', type: 'datetime-local' }}
          value={pickedOf(held.at)}
        />
        <button type="submit">Search</button>
      </form>
      {path !== null && (
        <Answered answer={answer} what="the ledger">
          {({ at, items, next }) => (
            <>
              <p class="quiet">
                {countOf(items.length, 'token')} at {momentOf(at)}
                {next !== null && (
                  <>
                    , <a href={placeOf('/audit', { ...held, after: next })}>next page</a>
                  </>
                )}
              </p>
              <Table
                caption="Tokens that carry the value"
                columns={COLUMNS}
                rows={items}
                keyOf={({ issuer = '', jti }) => `${issuer} ${jti}`}
                empty="No token carried the value at that time."
              />
              <CopyAs cli={commandOf(held)} path={path} />
            </>
          )}
        </Answered>
      )}
    </section>
  )
}

/** The question stands in the address, so that it can be shared. */
function show(event: SubmitEvent): void {
  event.preventDefault()
  const given = new FormData(event.currentTarget as HTMLFormElement)
  const word = (name: string): string | null => {
    const text = given.get(name)
    return typeof text === 'string' && text !== '' ? text : null
  }
  const words = Object.fromEntries(WORDS.map((name) => [name, word(name)]))
  goTo(placeOf('/audit', { ...words, at: momentIn(word('at') ?? '') }))
}
