import type { ExplainedVerdict, SubjectJson, TokenView as Token } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { CopyAs } from '../copy/copy-as.tsx'
import { Facts } from '../parts/facts.tsx'
import { Person } from '../parts/person.tsx'
import { quoted } from '@freshet/insight/findings'
import { Table, type Column } from '../parts/table.tsx'
import { placeOf } from '../shell/route.ts'
import { Carried } from './carried.tsx'
import { RawJson } from './raw-json.tsx'
import { Time } from '../parts/time.tsx'
import { Id } from '../copy/id.tsx'

type Judged = readonly [claim: string, verdict: ExplainedVerdict]

const COLUMNS: readonly Column<Judged>[] = [
  { name: 'Claim', cell: ([claim]) => claim },
  { name: 'Verdict', cell: ([, { verdict }]) => <Badge word={verdict} /> },
  { name: 'Why', cell: ([, verdict]) => <Why verdict={verdict} /> },
]

/** The present verdicts on a token, claim by claim, and its content. */
export function TokenView({ token }: { readonly token: Token }): JSX.Element {
  const verdicts = Object.entries(token.claims)
  return (
    <section class="card">
      <div class="section-head">
        <h2>
          <Id id={token.jti} />
        </h2>
        <Badge word={overall(token)} />
        <span class="quiet">{meaningOf(token)}</span>
      </div>
      <div class="two">
        <div>
          <Table
            caption="Verdict on each claim"
            columns={COLUMNS}
            rows={verdicts}
            keyOf={([claim]) => claim}
            empty="The ledger no longer has its claims. Only its issuance record is known."
          />
          <Carried issuance={token.issuance} />
        </div>
        <aside>
          <Facts facts={factsOf(token)} />
          <RawJson value={token} />
        </aside>
      </div>
      <CopyAs
        cli={`token explain ${quoted(token.jti)}`}
        path={`/v1/tokens/${encodeURIComponent(token.jti)}`}
      />
    </section>
  )
}

/** The worst of its verdicts. An expired token is refused whatever they are. */
function overall({ expired, claims }: Token): string {
  if (expired) return 'expired'
  const words = Object.values(claims).map(({ verdict }) => verdict)
  return ['stale', 'unverified', 'fresh'].find((word) => words.includes(word as never)) ?? 'unknown'
}

function meaningOf(token: Token): string {
  const word = overall(token)
  if (word === 'expired') return 'it is expired: every edge refuses it'
  if (word === 'stale') return 'a fresh edge refuses it on each route that uses a stale claim'
  if (word === 'unverified')
    return 'it is not known whether it is fresh: the policy of a route decides, and denies by default'
  return word === 'fresh'
    ? 'nothing was taken away since it was minted'
    : 'the state of its claims is unknown'
}

function Why({ verdict }: { readonly verdict: ExplainedVerdict }): JSX.Element {
  const { verdict: word, reason, change, source, since } = verdict
  if (word === 'fresh') return <span class="quiet">nothing was taken away since</span>
  if (word === 'unverified')
    return (
      <>
        {reason ?? 'lease expired'}: {source ?? 'a source'}
        {since !== undefined && (
          <>
            {' '}
            (<Time at={since} />)
          </>
        )}
      </>
    )
  return (
    <>
      {reason}
      {change && (
        <>
          {' '}
          by <Id id={change} href={placeOf('/explain', { change })} />
        </>
      )}
    </>
  )
}

interface SubjectProps {
  readonly subject: SubjectJson
  readonly tenant: string
}

function factsOf({
  tenant,
  client,
  policyVersion,
  parties,
  ledger,
  issuance,
}: Token): Parameters<typeof Facts>[0]['facts'] {
  const [party] = parties
  const times = ledger ?? issuance
  const subject = party?.subject ?? issuance?.subject
  return {
    Subject: subject ? <SubjectLink subject={subject} tenant={tenant} /> : null,
    Tenant: tenant,
    Client: client,
    Policy: `version ${policyVersion}`,
    Issued: times && <Time at={times.issuedAt} />,
    Expires: times && <Time at={times.expiresAt} />,
    'Marked stale': ledger?.mark ? (
      <>
        <Time at={ledger.mark.at} />: {ledger.mark.reason} by{' '}
        <Id id={ledger.mark.change} href={placeOf('/explain', { change: ledger.mark.change })} />
      </>
    ) : null,
    Label: party && `e ${party.label.e}, subject ${party.label.s}, control ${party.label.c}`,
    'Acts for': parties.length > 1 ? `${parties.length - 1} more in the chain of act` : null,
  }
}

function SubjectLink({ subject, tenant }: SubjectProps): JSX.Element {
  const { sub, iss } = subject
  if (sub === null) return <Person subject={subject} />
  return (
    <a href={placeOf('/explain', { subject: sub, tenant, iss })}>
      <Person subject={subject} />
    </a>
  )
}
