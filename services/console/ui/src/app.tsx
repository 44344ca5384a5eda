import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { LoginForm } from './shell/login-form.tsx'
import { followLinks } from './shell/route.ts'
import { SessionContext, useLogin } from './shell/session.tsx'
import { Shell } from './shell/shell.tsx'

/** The console in a browser: a login, and then the pages. */
export function App(): JSX.Element {
  const { login, logIn, logOut } = useLogin()
  useEffect(() => {
    addEventListener('click', followLinks)
    return () => removeEventListener('click', followLinks)
  }, [])
  if (login.state === 'asking') return <main class="login" id="main" aria-busy="true" />
  if (login.state === 'out') return <LoginForm login={login} logIn={logIn} />
  return (
    <SessionContext.Provider value={login.session}>
      <Shell logOut={logOut} />
    </SessionContext.Provider>
  )
}
