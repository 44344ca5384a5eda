import type { TokenView } from '@freshet/answers'
import type { JSX } from 'preact'
import { Table, type Column } from '../parts/table.tsx'
import { momentOf } from '../parts/words.ts'
import { useIsOperator } from '../shell/session.tsx'

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
      name: 'Known up to',
      cell: ({ through }) => (through === null ? '–' : momentOf(through)),
      isTime: true,
    },
    { name: 'Values', cell: ({ values }) => valuesText(values, mayRead) },
  ]
  return (
    <>
      <h3>
        Carried when minted{issuance.withheld && ', and withheld: it was stale before it left'}
      </h3>
      <Table
        caption="What it carried"
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
  return mayRead ? 'not kept any more' : 'masked: shown to operators'
}
