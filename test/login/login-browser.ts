import { CALLBACK } from '../../services/console/src/login/openid-provider.ts'
import type { LoginConsole } from './console-at.ts'
import type { LyingIssuer } from './lying-issuer.ts'

/** The actions of a browser at a console to which an issuer lets people log in. */
export interface LoginBrowser {
  /** Begins a login. Returns the address at the issuer and the cookie. */
  begin(
    to?: string,
  ): Promise<{ readonly url: URL; readonly cookie: string; readonly header: string }>
  /** Comes back from the issuer. */
  come(query: string, cookie: string): Promise<Response>
  /** Returns the cookie of the session that an answer opened. */
  sessionIn(answer: Response): string
  /** Logs in as the issuer's person. Returns the cookie of the session. */
  loggedIn(): Promise<string>
  ask(path: string, cookie: string): Promise<Response>
  csrfOf(cookie: string): Promise<string>
}

/** Each call is a request of its own; the browser keeps nothing between them. */
export function loginBrowser(at: LoginConsole, issuer: LyingIssuer): LoginBrowser {
  const browser: LoginBrowser = {
    async begin(to = '/') {
      const query = new URLSearchParams({ to }).toString()
      const response = await at.app.request(`/v1/session/openid?${query}`)
      const header = response.headers.get('set-cookie') ?? ''
      const [cookie = ''] = header.split(';')
      return { url: new URL(response.headers.get('location') ?? ''), cookie, header }
    },
    come: async (query, cookie) =>
      at.app.request(`${CALLBACK}${query}`, { headers: { accept: 'text/html', cookie } }),
    sessionIn(answer) {
      const cookies = answer.headers.getSetCookie()
      const [pair = ''] =
        cookies.find((each) => each.startsWith('freshet-session='))?.split(';') ?? []
      return pair
    },
    async loggedIn() {
      const { url, cookie } = await browser.begin()
      return browser.sessionIn(await browser.come(await issuer.answer(url), cookie))
    },
    ask: async (path, cookie) => at.app.request(path, { headers: { cookie } }),
    async csrfOf(cookie) {
      const session = await browser.ask('/v1/session', cookie)
      return ((await session.json()) as { csrf: string }).csrf
    },
  }
  return browser
}
