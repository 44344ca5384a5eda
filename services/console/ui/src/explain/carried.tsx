import type { TokenView } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { useIsOperator } from '../shell/session.tsx'
import { Time } from '../parts/time.tsx'

type Issuance = NonNullable<TokenView['issuance']>
type Carried = Issuance['claims'][number]

/** The content of a token when it was minted, and its sources. */
export function Carried({ issuance }: { readonly issuance: TokenView['issuance'] }): JSX.Element {
  const mayRead = useIsOperator()
  if (issuance === null) return <p class="empty">No record of its issuance is kept.</p>
  const columns: readonly Column<Carried>[] = [
    { name: 'Claim', cell: ({ claim }) => claim },
    { name: 'Source', cell: ({ source }) => source ?? '–' },
    {
      name: 'Last heard',
      cell: ({ through }) => (through === null ? '–' : <Time at={through} />),
      isTime: true,
    },
    { name: 'Values', cell: ({ values }) => valuesText(values, mayRead) },
  ]
  return (
    <>
      <h3>
        Claims at the mint{issuance.withheld && ', withheld: it was stale before its release'}
      </h3>
      <Table
        caption="Claims at the mint"
        columns={columns}
        rows={issuance.claims}
        keyOf={({ claim }) => claim}
        empty="It carried no claim."
      />
    </>
  )
}

function valuesText(values: readonly unknown[] | null, mayRead: boolean): string {
  if (values !== null) return values.map(String).join(', ')
  return mayRead ? 'no longer kept' : 'masked: shown to operators'
}
