import type { TokenView as Token } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { goTo, placeOf } from '../shell/route.ts'
import { pastedToken } from './pasted-token.ts'
import { TokenView } from './token-view.tsx'

/** A token that was pasted whole. Its id, which is no secret, takes its place in the address. */
export function PastedSection(): JSX.Element {
  const [told, setTold] = useState<Token | Problem>()
  const token = pastedToken()
  useEffect(() => {
    if (token === undefined) return
    ask<Token>('/v1/tokens/explain', { method: 'POST', body: { token } })
      .then(setTold)
      .catch((error: unknown) => setTold(problemOf(error)))
  }, [token])
  if (token === undefined)
    return <p class="empty">The console keeps no pasted token. Paste it again.</p>
  if (told === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Loading the token.
      </p>
    )
  if ('code' in told) return <ProblemNote problem={told} />
  return (
    <>
      <p class="quiet">
        You cannot share the address of this view.{' '}
        <button
          type="button"
          class="small"
          onClick={() => goTo(placeOf('/explain', { token: told.jti }))}
        >
          Go to its id, which can be shared
        </button>
      </p>
      <TokenView token={told} />
    </>
  )
}
