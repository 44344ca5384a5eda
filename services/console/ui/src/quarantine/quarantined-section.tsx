import { runbookPath, RUNBOOKS_URL } from '@freshet/insight/alerts'
import type { QuarantinedDetail } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { RawJson } from '../explain/raw-json.tsx'
import { Coded } from '../health/coded.tsx'
import { Badge } from '../parts/badge.tsx'
import { Facts } from '../parts/facts.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { quoted } from '@freshet/insight/findings'
import { Table, type Column } from '../parts/table.tsx'
import { Answered } from '../parts/answered.tsx'
import { placeOf } from '../shell/route.ts'
import { Orders } from './orders.tsx'
import { Payload } from './payload.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

type Header = NonNullable<QuarantinedDetail['content']>['headers'][number]

const HEADERS: readonly Column<Header>[] = [
  { name: 'Header', cell: ({ name }) => name },
  { name: 'Bytes', cell: ({ bytes }) => bytes, isFigure: true },
  { name: 'Text', cell: ({ text }) => text ?? 'not shown' },
]

/** One parked record: why, what is in doubt because of it, and what can be done. */
export function QuarantinedSection({ id }: { readonly id: string }): JSX.Element {
  const path = `/v1/quarantine/${encodeURIComponent(id)}`
  const answer = useAnswer<QuarantinedDetail>(path)
  return (
    <>
      <PageHead title="Quarantine" commands={{ cli: `quarantine get ${quoted(id)}`, path }} />
      <p>
        <a href="/quarantine">All records</a>
      </p>
      <Answered answer={answer} what="the record">
        {(quarantined) => (
          <section class="card">
            <div class="section-head">
              <h2>
                <Id id={quarantined.id} />
              </h2>
              <Badge word={quarantined.state} />
              <span class="quiet">{quarantined.reason}</span>
              <a
                href={`${RUNBOOKS_URL}${runbookPath('FreshetQuarantine')}`}
                target="_blank"
                rel="noreferrer"
              >
                runbook FreshetQuarantine
              </a>
            </div>
            <div class="two">
              <div>
                <Reason quarantined={quarantined} />
                <Orders quarantined={quarantined} done={answer.again} />
                <Doubts inDoubt={quarantined.inDoubt} />
                <Headers content={quarantined.content} />
                {quarantined.content !== null && <Payload id={quarantined.id} />}
              </div>
              <aside>
                <Facts facts={factsOf(quarantined)} />
                <RawJson value={quarantined} />
              </aside>
            </div>
          </section>
        )}
      </Answered>
    </>
  )
}

/** The reason as a sentence, the rule that the record broke, and the next step. */
function Reason({ quarantined }: { readonly quarantined: QuarantinedDetail }): JSX.Element {
  const { means, rule, remedy } = quarantined
  if (means === undefined) return <p>{rule}</p>
  return (
    <>
      <p>
        <strong>{means}</strong>
      </p>
      <p class="quiet">Rule: {rule}</p>
      {remedy !== undefined && (
        <p>
          Next: <Coded text={remedy} />
        </p>
      )}
    </>
  )
}

function Headers({ content }: Pick<QuarantinedDetail, 'content'>): JSX.Element {
  return (
    <>
      <h3>Headers</h3>
      <Table
        caption="Headers"
        columns={HEADERS}
        rows={content?.headers ?? []}
        keyOf={({ name }) => name}
        empty={
          content === null
            ? 'The topic does not have its bytes, or not yet.'
            : 'The record has no headers.'
        }
      />
    </>
  )
}

function Doubts({ inDoubt }: Pick<QuarantinedDetail, 'inDoubt'>): JSX.Element | null {
  const { claims, halted, resolvedBy } = inDoubt
  if (claims.length === 0 && halted.length === 0) return null
  return (
    <>
      <h3>In doubt because of this record</h3>
      <ul>
        {claims.map(({ claim, subject, settled }) => (
          <li key={`${claim}/${subject}`}>
            {claim} of {subject === null ? 'a subject (shown to operators)' : nameOf(subject)}:{' '}
            {settled ? 'settled' : 'not minted'}
          </li>
        ))}
        {halted.map((tenant) => (
          <li key={tenant}>its source is halted in {tenant} until a complete snapshot</li>
        ))}
      </ul>
      {resolvedBy.map((text) => (
        <p key={text} class="quiet">
          {text}
        </p>
      ))}
    </>
  )
}

/** The name in the key of a subject, and its identity provider. */
function nameOf(key: string): string {
  const [, iss, sub] = JSON.parse(key) as readonly string[]
  return `${sub} (${iss})`
}

function factsOf({
  topic,
  partition,
  source,
  proven,
  tenant,
  change,
  first,
  last,
  arrivals,
  bytes,
  replays,
  outcome,
  decided,
}: QuarantinedDetail): Parameters<typeof Facts>[0]['facts'] {
  return {
    Source: source === null ? null : `${source}${proven ? '' : ' (unproven)'}`,
    Tenant: tenant,
    Change: change && <Id id={change} href={placeOf('/explain', { change })} />,
    Position: `${topic}, partition ${partition}, offset ${first.offset}`,
    'First found': <Time at={first.at} />,
    'Last found': <Time at={last.at} />,
    Arrivals: String(arrivals),
    Bytes: String(bytes),
    Replays: String(replays),
    Outcome: outcome,
    Decided: decided && (
      <>
        {decided.by}, <Time at={decided.at} />
        {decided.reason ? `: ${decided.reason}` : ''}
      </>
    ),
  }
}
