import type { ClaimOfSubjectJson, SubjectStateJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Badge } from '../parts/badge.tsx'
import { CopyAs } from '../copy/copy-as.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { Time } from '../parts/time.tsx'
import { countOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'

type Claim = ClaimOfSubjectJson

const COLUMNS: readonly Column<Claim>[] = [
  { name: 'Claim', cell: ({ claim }) => claim },
  { name: 'Values', cell: (claim) => <Values of={claim} />, isText: true },
  { name: 'Source', cell: ({ statements }) => statements.map(({ source }) => source).join(', ') },
  { name: 'As of', cell: (claim) => <AsOf claim={claim} />, isTime: true },
  { name: 'Status', cell: (claim) => <Status claim={claim} /> },
]

/**
 * The state of a subject now. It is asked for once, and again on request: each answer with values is an entry of the
 * audit. Old values are greyed.
 */
export function SubjectState({ path }: { readonly path: string }): JSX.Element {
  const answer = useAnswer<SubjectStateJson>(path, 'on request')
  return (
    <Answered answer={answer} what="the state of the subject">
      {(state) => (
        <>
          <div class="section-head">
            <h3>Claims now</h3>
            <span class="quiet">
              as of <Time at={state.asOf} isClock />, <Time at={state.asOf} />
            </span>
            <button type="button" onClick={answer.again}>
              Read again
            </button>
          </div>
          <p>
            <Account state={state} />
          </p>
          <Table
            caption="Claims now"
            columns={COLUMNS}
            rows={state.claims}
            keyOf={({ claim }) => claim}
            empty="The registry has no claims."
          />
          <CopyAs path={path} />
        </>
      )}
    </Answered>
  )
}

function Account({ state: { known, account } }: { readonly state: SubjectStateJson }): JSX.Element {
  if (!known) return <>No source has sent anything of this subject.</>
  const { state, source, since, change } = account
  if (account.version === null)
    return (
      <>
        Account: <Badge word={state} />. {source} has sent no event of it.
      </>
    )
  return (
    <>
      Account: <Badge word={state} /> {since !== null && <Time at={since} />} by {source}
      {change !== null && (
        <>
          , change <a href={placeOf('/explain', { change })}>{change}</a>
        </>
      )}
    </>
  )
}

function Values({ of: { values, count } }: { readonly of: Pick<Claim, 'values' | 'count'> }) {
  if (count === 0) return <span class="quiet">none</span>
  if (values === null) return <span class="quiet">{countOf(count, 'value')}, masked</span>
  return <>{values.map(String).join(', ')}</>
}

/** The time of the latest change of the owner, or its version if the change is no longer kept. */
function AsOf({ claim: { statements } }: { readonly claim: Claim }): JSX.Element {
  const [owner] = statements
  if (owner === undefined || owner.version === null) return <>–</>
  const text =
    owner.occurredAt === null ? `version ${owner.version}` : <Time at={owner.occurredAt} />
  const title = `version ${owner.version}`
  if (owner.change === null) return <span title={title}>{text}</span>
  return (
    <a title={title} href={placeOf('/explain', { change: owner.change })}>
      {text}
    </a>
  )
}

function Status({ claim }: { readonly claim: Claim }): JSX.Element {
  const { status, silentSource, statements } = claim
  return (
    <>
      <Badge word={status} />
      {silentSource !== undefined && <span class="quiet"> {silentSource} is silent</span>}
      {status === 'contradicted' &&
        statements.map((statement) => (
          <div key={statement.source} class="quiet">
            {statement.source}: <Values of={statement} />
          </div>
        ))}
    </>
  )
}
