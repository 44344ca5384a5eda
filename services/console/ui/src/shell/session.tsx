import type { LoggedOut, SessionJson } from '@freshet/insight/answers'
import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import { ask, setSession } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { forgetRecents } from '../palette/recents.ts'

const UNAUTHENTICATED = 401

/** The state of the login. `ended`: there was one, and the console no longer has it. */
export type Login =
  | { readonly state: 'asking' }
  | { readonly state: 'out'; readonly ended: boolean; readonly problem?: Problem }
  | { readonly state: 'in'; readonly session: SessionJson }

/** The logged-in person, for everything below the shell. */
export const SessionContext = createContext<SessionJson | undefined>(undefined)

/** The logged-in person. */
export function useSession(): SessionJson {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error('outside of a session')
  return session
}

/** Operators and admins see personal data. */
export function useIsOperator(): boolean {
  return useSession().role !== 'viewer'
}

/** The login, and how it changes. */
export interface LoginControl {
  readonly login: Login
  readonly logIn: (token: string) => Promise<void>
  readonly logOut: () => Promise<void>
}

/** Logs in by the fragment of the address, which no server ever sees, or by the cookie that is there. */
export function useLogin(): LoginControl {
  const [login, setLogin] = useState<Login>({ state: 'asking' })
  const enter = (session: SessionJson): void => {
    setSession(session.csrf, () => setLogin({ state: 'out', ended: true }))
    setLogin({ state: 'in', session })
  }
  const refuse = (error: unknown, isLink: boolean): void => {
    const problem = problemOf(error)
    // Without a cookie 401 is no fault: the login has not happened yet.
    const isTrouble = isLink || problem.status !== UNAUTHENTICATED
    setLogin({ state: 'out', ended: false, ...(isTrouble && { problem }) })
  }
  const logIn = async (token: string): Promise<void> =>
    enter(await ask<SessionJson>('/v1/session', { method: 'POST', body: { token } }))
  useEffect(() => {
    const token = takeFragment()
    const entered = token === null ? ask<SessionJson>('/v1/session').then(enter) : logIn(token)
    entered.catch((error: unknown) => refuse(error, token !== null))
    return onFragment((pasted) => logIn(pasted).catch((error: unknown) => refuse(error, true)))
  }, [])
  const logOut = async (): Promise<void> => {
    const out = await ask<LoggedOut>('/v1/session', { method: 'DELETE' }).catch(() => undefined)
    forgetRecents(sessionStorage)
    setLogin({ state: 'out', ended: false })
    if (out !== undefined) location.assign(out.end)
  }
  return { login, logIn, logOut }
}

/** A link that is pasted into a tab of the console changes only the fragment, and loads nothing. */
function onFragment(enter: (token: string) => Promise<void>): () => void {
  const changed = (): void => {
    const token = takeFragment()
    if (token !== null) void enter(token)
  }
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

/** Takes the token out of the address at once: it must stay in no history. */
function takeFragment(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}
