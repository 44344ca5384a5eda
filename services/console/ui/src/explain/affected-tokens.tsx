import type { ChangeTokens, TimelineJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { countOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

type Affected = ChangeTokens['items'][number]['tokens'][number]

const WHY: Readonly<Record<string, string>> = {
  marked: 'the change removed an entitlement that it carries',
  'nothing-taken': 'the change takes nothing away',
  'claim-not-carried': 'it does not carry the claim',
  'stale-before': 'an earlier change had made it stale',
  'minted-after': 'it was minted after the change',
  'stale-since': 'a later change made it stale',
  'not-marked': 'not marked yet, or its label was read after the change',
}

const COLUMNS: readonly Column<Affected>[] = [
  { name: 'Token', cell: ({ jti }) => <Id id={jti} href={placeOf('/explain', { token: jti })} /> },
  {
    name: 'Affected',
    cell: ({ effect }) => (
      <Badge
        word={effect === 'marked' ? 'marked' : 'no'}
        tone={effect === 'marked' ? 'bad' : 'idle'}
      />
    ),
  },
  { name: 'Why', cell: ({ effect }) => WHY[effect] ?? effect },
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Claims', cell: ({ claims }) => claims.join(', ') },
  { name: 'Issued', cell: ({ issuedAt }) => <Time at={issuedAt} />, isTime: true },
]

interface Props {
  readonly change: TimelineJson
  readonly answer: Answer<ChangeTokens>
}

/** Which outstanding tokens of the subject a change took something from, which not, and why. */
export function AffectedTokens({ change, answer }: Props): JSX.Element {
  return (
    <>
      <h3>Outstanding tokens</h3>
      <Answered answer={answer} what="the tokens">
        {({ items }) => {
          const its = items.find(
            ({ tenant, source }) => tenant === change.tenant && source === change.source,
          )
          if (its?.isOfSubject === false) return <Wide tokensMarked={its.tokensMarked} />
          return (
            <Table
              caption="Outstanding tokens of the subject"
              columns={COLUMNS}
              rows={its?.tokens ?? []}
              keyOf={({ jti }) => jti}
              empty="The subject has no outstanding token: its tokens have expired, or none was minted."
            />
          )
        }}
      </Answered>
    </>
  )
}

function Wide({ tokensMarked }: { readonly tokensMarked: number }): JSX.Element {
  return (
    <p class="empty">
      The change affects many subjects: {countOf(tokensMarked, 'token')} marked so far. The{' '}
      <a href="/audit">ledger</a> lists the holders of a value.
    </p>
  )
}
