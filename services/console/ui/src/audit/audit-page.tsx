import type { AuditAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { Icon } from '../parts/icon.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Table } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf } from '../parts/words.ts'
import type { Place } from '../shell/route.ts'
import { useIsOperator } from '../shell/session.tsx'
import { auditQueryIn, entriesCommand, entriesPath } from './audit-query.ts'
import { ENTRY_COLUMNS } from './entry-columns.tsx'
import { EntryFilters } from './entry-filters.tsx'
import { heldIn } from './held.ts'
import { HoldersSection } from './holders-section.tsx'
import { useNames } from './use-names.ts'

const AGAIN_MS = 10_000

/** The orders, mints and decisions, sealed in chains; and the holders of a value, by the ledger. */
export function AuditPage({ place }: { readonly place: Place }): JSX.Element {
  const isOperator = useIsOperator()
  const query = auditQueryIn(place.query)
  const path = entriesPath(query)
  const answer = useAnswer<AuditAnswer>(isOperator ? path : null, AGAIN_MS)
  const names = useNames(isOperator)
  return (
    <>
      <PageHead title="Audit and ledger" commands={{ cli: entriesCommand(query), path }} />
      <p class="quiet">
        <code>freshet audit verify</code> checks the integrity, with keys that this console does not
        have.
      </p>
      {!isOperator && (
        <p class="note">
          <Icon tone="idle" />
          Audit and ledger are shown to operators. You have the role viewer.
        </p>
      )}
      {isOperator && <HoldersSection held={heldIn(place.query)} names={names} />}
      {isOperator && <EntryFilters query={query} names={names} kinds={answer.data?.kinds} />}
      {isOperator && <Entries answer={answer} />}
    </>
  )
}

function Entries({ answer }: { readonly answer: Answer<AuditAnswer> }): JSX.Element {
  return (
    <Answered answer={answer} what="the audit">
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
            columns={ENTRY_COLUMNS}
            rows={items}
            keyOf={({ stream: chain, n }) => `${chain}/${n}`}
            empty="No sealed entry matches. New entries are sealed within seconds."
          />
        </>
      )}
    </Answered>
  )
}
