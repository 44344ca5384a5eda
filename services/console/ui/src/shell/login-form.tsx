import type { LoginWays } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { problemOf, type Problem } from '../api/problem.ts'
import { useAnswer } from '../api/use-answer.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { Login } from './session.tsx'

interface Props {
  readonly login: Extract<Login, { readonly state: 'out' }>
  readonly logIn: (token: string) => Promise<void>
}

/**
 * Sends to the identity provider where there is one, or asks for an admin's token. A token is sent once and
 * kept nowhere in the browser.
 */
export function LoginForm({ login, logIn }: Props): JSX.Element {
  const [problem, setProblem] = useState(login.problem && wordedFor(login.problem))
  const [isBusy, setBusy] = useState(false)
  useEffect(() => setProblem(login.problem && wordedFor(login.problem)), [login.problem])
  const openid = useAnswer<LoginWays>('/v1/session/ways', 'once').data?.openid
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const token = form.get('token')
    setBusy(true)
    setProblem(undefined)
    await logIn(cleaned(typeof token === 'string' ? token : '')).catch((error: unknown) => {
      setProblem(wordedFor(problemOf(error)))
      setBusy(false)
    })
  }
  return (
    <main class="login" id="main">
      <h1>Freshet</h1>
      <p>
        {login.ended
          ? 'Your session ended. Log in to continue.'
          : `Log in ${openid ? 'by your identity provider, or ' : ''}with an admin’s token.`}
      </p>
      {openid && <ProviderLink issuer={openid.issuer} />}
      <form onSubmit={(event) => void submit(event)}>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="off" required autofocus />
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Logging in' : 'Log in'}
        </button>
      </form>
      {problem && <ProblemNote problem={problem} />}
      <p class="quiet">
        <code>freshet dev</code> prints a link that logs in. Elsewhere, ask an operator for a token.
      </p>
    </main>
  )
}

/** A target of its own leaves the link to the browser. It comes back to the page that it left. */
function ProviderLink({ issuer }: { readonly issuer: string }): JSX.Element {
  const to = new URLSearchParams({ to: location.pathname + location.search }).toString()
  return (
    <p>
      <a href={`/v1/session/openid?${to}`} target="_self">
        Log in by {new URL(issuer).host}
      </a>
    </p>
  )
}

function cleaned(text: string): string {
  return text.trim().replace(/^bearer\s+/i, '')
}

function wordedFor(problem: Problem): Problem {
  if (problem.status !== 401) return problem
  return {
    ...problem,
    title: 'Unknown token.',
    detail: 'This console has no user with this token.',
  }
}
