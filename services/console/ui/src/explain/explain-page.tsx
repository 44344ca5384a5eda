import type { JSX } from 'preact'
import { PageHead } from '../parts/page-head.tsx'
import { type Place, goTo, placeOf } from '../shell/route.ts'
import { NameSection } from './name-section.tsx'
import { StartSection } from './start/start-section.tsx'
import { SubjectSection } from './subject-section.tsx'
import { TokenSection } from './token-section.tsx'
import type { ChangeTokens, ChangesAnswer, TokenView as Token } from '@freshet/insight/answers'
import { useAnswer } from '../api/use-answer.ts'
import { CopyAs } from '../copy/copy-as.tsx'
import { quoted } from '@freshet/insight/findings'
import { Answered } from '../parts/answered.tsx'
import { AffectedTokens } from './affected-tokens.tsx'
import { ChangeView } from './change-view.tsx'
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { pastedToken } from './pasted-token.ts'
import { TokenView } from './token-view.tsx'
import { ChangeList } from './change-list.tsx'

const AGAIN_MS = 2_000

/** Every change of an id: ids are unique for a tenant and source alone. */
function ChangeSection({ id }: { readonly id: string }): JSX.Element {
  const path = `/v1/changes/${encodeURIComponent(id)}`
  const changes = useAnswer<ChangesAnswer>(path, AGAIN_MS)
  const tokens = useAnswer<ChangeTokens>(`${path}/tokens`, 5 * AGAIN_MS)
  return (
    <Answered answer={changes} what="the change">
      {({ items }) =>
        items.map((change) => (
          <section key={`${change.tenant}/${change.source}`} class="card">
            <ChangeView change={change} />
            <AffectedTokens change={change} answer={tokens} />
            <CopyAs cli={`change explain ${quoted(id)}`} path={path} />
          </section>
        ))
      }
    </Answered>
  )
}

/** Why a token is or is not stale, how far a change came, what a subject has. */
export function ExplainPage({ place }: { readonly place: Place }): JSX.Element {
  return (
    <>
      <PageHead title="Explain" />
      <Section query={place.query} />
    </>
  )
}

function Section({ query }: { readonly query: URLSearchParams }): JSX.Element {
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

/** A token that was pasted whole. Its id, which is no secret, takes its place in the address. */
function PastedSection(): JSX.Element {
  const [answer, setAnswer] = useState<Token | Problem>()
  const token = pastedToken()
  useEffect(() => {
    if (token === undefined) return
    ask<Token>('/v1/tokens/explain', { method: 'POST', body: { token } })
      .then(setAnswer)
      .catch((error: unknown) => setAnswer(problemOf(error)))
  }, [token])
  if (token === undefined)
    return <p class="empty">The console keeps no pasted token. Paste it again.</p>
  if (answer === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Loading the token.
      </p>
    )
  if ('code' in answer) return <ProblemNote problem={answer} />
  return (
    <>
      <p class="quiet">
        You cannot share the address of this view.{' '}
        <button
          type="button"
          class="small"
          onClick={() => goTo(placeOf('/explain', { token: answer.jti }))}
        >
          Go to its id, which can be shared
        </button>
      </p>
      <TokenView token={answer} />
    </>
  )
}

/** Changes of a trace, among the latest. */
function TraceSection({ trace }: { readonly trace: string }): JSX.Element {
  const answer = useAnswer<ChangesAnswer>(
    `/v1/changes?${new URLSearchParams({ trace }).toString()}`,
  )
  return (
    <Answered answer={answer} what="changes of the trace">
      {({ items }) => (
        <section class="card">
          <h2>Changes of trace {trace}</h2>
          <ChangeList
            changes={items}
            empty="None of the last 10,000 records of each partition belongs to this trace."
          />
        </section>
      )}
    </Answered>
  )
}
