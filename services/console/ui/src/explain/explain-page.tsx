import type { JSX } from 'preact'
import { PageHead } from '../parts/page-head.tsx'
import type { Place } from '../shell/route.ts'
import { ChangeSection } from './change-section.tsx'
import { NameSection } from './name-section.tsx'
import { PastedSection } from './pasted-section.tsx'
import { StartSection } from './start/start-section.tsx'
import { SubjectSection } from './subject-section.tsx'
import { TokenSection } from './token-section.tsx'
import { TraceSection } from './trace-section.tsx'

/** Why a token is or is not stale, how far a change came, what a subject has. */
export function ExplainPage({ place }: { readonly place: Place }): JSX.Element {
  return (
    <>
      <PageHead title="Explain" />
      <Asked query={place.query} />
    </>
  )
}

function Asked({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [change, token, trace, q] = ['change', 'token', 'trace', 'q'].map((name) => query.get(name))
  const [subject, tenant, iss] = ['subject', 'tenant', 'iss'].map((name) => query.get(name))
  if (change) return <ChangeSection id={change} key={change} />
  if (token) return <TokenSection jti={token} key={token} />
  if (trace) return <TraceSection trace={trace} key={trace} />
  if (subject && tenant && iss) return <SubjectSection sub={subject} tenant={tenant} iss={iss} />
  if (subject) return <NameSection text={subject} key={subject} />
  if (query.has('pasted')) return <PastedSection />
  if (q) return <NameSection text={q} key={q} />
  return <StartSection />
}
