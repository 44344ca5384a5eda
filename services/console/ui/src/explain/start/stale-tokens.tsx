import type { LiveChange } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Id } from '../../copy/id.tsx'
import { Badge } from '../../parts/badge.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { placeOf } from '../../shell/route.ts'
import { markingChanges, type StaleToken } from './marked-tokens.ts'
import { useMarkedTokens } from './use-marked-tokens.ts'

const COLUMNS: readonly Column<StaleToken>[] = [
  {
    name: 'Token',
    isLead: true,
    cell: ({ jti }) => <Id id={jti} href={placeOf('/explain', { token: jti })} />,
  },
  { name: 'Status', cell: () => <Badge word="stale" /> },
  {
    name: 'By',
    cell: ({ stale: { change } }) => <Id id={change} href={placeOf('/explain', { change })} />,
  },
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Client', cell: ({ client }) => client },
  { name: 'Marked', cell: ({ stale: { at } }) => <Time at={at} />, isTime: true },
]

/**
 * The tokens that the latest changes made stale: those that edges refuse now. Edges keep no record of single
 * refusals.
 */
export function StaleTokens({ changes }: { readonly changes: readonly LiveChange[] }): JSX.Element {
  const { tokens, problem } = useMarkedTokens(markingChanges(changes))
  if (problem !== undefined) return <ProblemNote problem={problem} />
  if (tokens === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Loading the tokens.
      </p>
    )
  return (
    <>
      <Table
        caption="Latest stale tokens"
        columns={COLUMNS}
        rows={tokens}
        keyOf={({ issuer = '', jti }) => `${issuer} ${jti}`}
        empty="None of the latest changes made an outstanding token of one subject stale."
      />
      {tokens.length > 0 && (
        <p class="quiet">
          A fresh edge refuses each of them on a route that uses the claim. Edges count refusals,
          and record no single one.
        </p>
      )}
    </>
  )
}
