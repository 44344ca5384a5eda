import type { UsageAnswer } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Told } from '../parts/told.tsx'

type Audience = UsageAnswer['items'][number]
type Use = Pick<Audience, 'audience' | 'since'> & Audience['claims'][number]

const NOT_FOUND = 404
const WORDS: Readonly<Record<string, string>> = {
  used: 'used',
  unnamed: 'judged, but no route declared its claims',
  kept: 'not used, but a declared route requires it',
  unused: 'never used',
  descriptive: 'descriptive: edges cannot count its use',
  'no-data': 'no data',
}

const COLUMNS: readonly Column<Use>[] = [
  { name: 'Audience', cell: ({ audience }) => audience },
  { name: 'Claim', cell: ({ claim }) => claim },
  { name: 'Decisions', cell: ({ decisions }) => decisions.toLocaleString('en'), isFigure: true },
  {
    name: 'Use',
    cell: ({ state, isWide }) =>
      `${WORDS[state] ?? state}${isWide ? '; tokens carry far more than is needed' : ''}`,
  },
  { name: 'Counted since', cell: ({ since }) => since ?? 'nothing was counted' },
]

/** Which claims services use, as their edges counted. */
export function UsageSection(): JSX.Element {
  const answer = useAnswer<UsageAnswer>('/v1/registry/usage')
  return (
    <section class="card">
      <h2>Usage</h2>
      {answer.data === undefined && answer.problem?.status === NOT_FOUND ? (
        <p class="empty">Usage is not measured yet.</p>
      ) : (
        <Told answer={answer} what="the usage">
          {({ items }) => (
            <Table
              caption="Usage of claims"
              columns={COLUMNS}
              rows={rowsOf(items)}
              keyOf={({ audience, claim }) => `${audience}/${claim}`}
              empty="No audience carries a claim."
            />
          )}
        </Told>
      )}
      <CopyAs cli="registry usage" path="/v1/registry/usage" />
    </section>
  )
}

function rowsOf(items: UsageAnswer['items']): readonly Use[] {
  return items.flatMap(({ audience, since, claims }) =>
    claims.map((claim) => ({ audience, since, ...claim })),
  )
}
