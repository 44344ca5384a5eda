import type { JSX } from 'preact'
import { useRef, useState, useEffect } from 'preact/hooks'
import { goTo, placeOf } from '../../shell/route.ts'
import { readTyped } from '../typed-text.ts'
import { keepToken } from '../pasted-token.ts'
import { FLOW_COLUMNS } from '../../live/flow-columns.tsx'
import { keyOf } from '../../live/flow.ts'
import { useFlow } from '../../live/use-flow.ts'
import { Table, type Column } from '../../parts/table.tsx'
import { Answered } from '../../parts/answered.tsx'
import type { LiveChange, ChangeTokens } from '@freshet/insight/answers'
import { Id } from '../../copy/id.tsx'
import { Badge } from '../../parts/badge.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { Time } from '../../parts/time.tsx'
import { markingChanges, type StaleToken, markedTokens } from './marked-tokens.ts'
import { ask } from '../../api/ask.ts'
import { problemOf, type Problem } from '../../api/problem.ts'

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
function StaleTokens({ changes }: { readonly changes: readonly LiveChange[] }): JSX.Element {
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

/** Changes that the start page shows. */
const SHOWN = 10

/** The latest changes as they happen, and the tokens that they made stale. */
function RecentChanges(): JSX.Element {
  const { rows, answer } = useFlow()
  const changes = rows.filter(({ isProbe }) => !isProbe)
  return (
    <>
      <section class="card">
        <div class="section-head">
          <h2>Latest changes</h2>
          <a href="/live">all, live</a>
        </div>
        <Answered answer={answer} what="the latest changes">
          {() => (
            <Table
              caption="Latest changes"
              columns={FLOW_COLUMNS}
              rows={changes.slice(0, SHOWN)}
              keyOf={keyOf}
              empty="No change was recorded lately. The next one appears here by itself."
            />
          )}
        </Answered>
      </section>
      <section class="card">
        <h2>Latest stale tokens</h2>
        <Answered answer={answer} what="the latest changes">
          {() => <StaleTokens changes={changes} />}
        </Answered>
      </section>
    </>
  )
}

/** The begin of an explanation: one field for anything, the latest changes, and the tokens that they made stale. */
export function StartSection(): JSX.Element {
  return (
    <>
      <Field />
      <RecentChanges />
    </>
  )
}

function Field(): JSX.Element {
  const [text, setText] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const place = placeFor(text)
    if (place === undefined) field.current?.focus()
    else goTo(place)
  }
  return (
    <form class="ask" onSubmit={submit}>
      <label for="ask">What do you have in hand?</label>
      <div>
        <input
          ref={field}
          id="ask"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="alice, a token, a change, a trace…"
          aria-describedby="ask-hint"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary">
          Explain
        </button>
      </div>
      <p id="ask-hint" class="quiet">
        The name of a subject, the id of a change or token, a trace id or <code>traceparent</code>,
        or a whole token, with or without <code>Bearer</code>. The page sends a token in a body, and
        stores it nowhere. <kbd>/</kbd> searches from every page.
      </p>
    </form>
  )
}

/** The page for a text. A whole token stands in no address. */
function placeFor(text: string): string | undefined {
  const typed = readTyped(text)
  if (typed.kind === 'nothing') return undefined
  if (typed.kind === 'trace') return placeOf('/explain', { trace: typed.trace })
  if (typed.kind === 'name') return placeOf('/explain', { q: typed.text })
  keepToken(typed.token)
  return placeOf('/explain', { pasted: '1' })
}

/** The tokens, or the reason why there are none. Both are absent before the first answer. */
interface Marked {
  readonly tokens?: readonly StaleToken[]
  readonly problem?: Problem
}

/** Asks for the tokens of these changes, and again when there are other changes. */
function useMarkedTokens(ids: readonly string[]): Marked {
  const [marked, setMarked] = useState<Marked>({})
  const key = ids.join(' ')
  useEffect(() => {
    const ended = new AbortController()
    const requests = ids.map((id) =>
      ask<ChangeTokens>(`/v1/changes/${encodeURIComponent(id)}/tokens`, { signal: ended.signal }),
    )
    void Promise.allSettled(requests)
      .then(markedIn)
      .then((found) => {
        if (!ended.signal.aborted) setMarked(found)
      })
    return () => ended.abort()
  }, [key])
  return marked
}

/** A change that is gone meanwhile has no tokens. Without any answer there is a problem. */
function markedIn(requests: readonly PromiseSettledResult<ChangeTokens>[]): Marked {
  const answers = requests.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failed = requests.find((each) => each.status === 'rejected')
  if (answers.length === 0 && failed !== undefined) return { problem: problemOf(failed.reason) }
  return { tokens: markedTokens(answers) }
}
