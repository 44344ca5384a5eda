import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SignJWT } from 'jose'
import { consoleAt, type LoginConsole } from './console-at.ts'
import { loginBrowser, type LoginBrowser } from './login-browser.ts'
import { lyingIssuer, type LyingIssuer } from './lying-issuer.ts'

let issuer: LyingIssuer
let at: LoginConsole
let browser: LoginBrowser
let cookie: string

beforeEach(async () => {
  issuer = await lyingIssuer()
  at = consoleAt(issuer.url)
  browser = loginBrowser(at, issuer)
  cookie = await browser.loggedIn()
  at.audited.length = 0
})
afterEach(() => issuer.close())

async function postLogout(token: string): Promise<Response> {
  const body = new URLSearchParams({ logout_token: token })
  return at.app.request('/v1/session/openid/logout', { method: 'POST', body })
}

const isIn = async (session = cookie): Promise<boolean> =>
  (await browser.ask('/v1/session', session)).status === 200

describe('a provider that names the person who logged out there', () => {
  it('ends the session at once, which the audit records', async () => {
    expect(await isIn()).toBe(true)
    const answer = await postLogout(await issuer.logoutToken())
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await isIn()).toBe(false)
    const by = `${issuer.url} alice`
    expect(at.audited).toMatchObject([
      { kind: 'admin-logged-out', by, detail: { role: 'operator', by: 'provider' } },
    ])
  })

  it('ends one session of several if it names that, and all of a person if it does not', async () => {
    issuer.lies = { claims: { sid: 'session-2' } }
    const second = await browser.loggedIn()
    issuer.lies = {}
    expect((await postLogout(await issuer.logoutToken({ sub: undefined }))).status).toBe(200)
    expect([await isIn(), await isIn(second)]).toEqual([false, true])
    cookie = await browser.loggedIn()
    expect((await postLogout(await issuer.logoutToken({ sid: undefined }))).status).toBe(200)
    expect([await isIn(), await isIn(second)]).toEqual([false, false])
  })

  it('ends no other session: of another person, of another session, of a token', async () => {
    const body = JSON.stringify({ token: 'token-of-ann' })
    const headers = { 'content-type': 'application/json' }
    const login = await at.app.request('/v1/session', { method: 'POST', body, headers })
    const ann = browser.sessionIn(login)
    expect((await postLogout(await issuer.logoutToken({ sub: 'bob' }))).status).toBe(200)
    expect((await postLogout(await issuer.logoutToken({ sid: 'session-9' }))).status).toBe(200)
    expect(
      (await postLogout(await issuer.logoutToken({ sub: 'ann', sid: undefined }))).status,
    ).toBe(200)
    expect([await isIn(), await isIn(ann)]).toEqual([true, true])
  })
})

describe('no session is ended', () => {
  const minutesAgo = (minutes: number) => Math.floor(Date.now() / 1_000) - minutes * 60
  it.each([
    ['of another issuer', { iss: 'https://other.example' }],
    ['for another client', { aud: 'other-client' }],
    ['that is over', { exp: minutesAgo(1) }],
    ['that was made too long ago', { iat: minutesAgo(3) }],
    ['that never ends', { exp: undefined }],
    ['without a time', { iat: undefined }],
    ['without a name of its own', { jti: undefined }],
    ['that tells of another event', { events: { 'https://other.example/event': {} } }],
    ['that tells of nothing', { events: undefined }],
    ['with a nonce, as an ID token has', { nonce: 'n' }],
    ['that names nobody', { sub: undefined, sid: undefined }],
  ])('refuses a token %s', async (_, more) => {
    expect((await postLogout(await issuer.logoutToken(more))).status).toBe(400)
    expect(await isIn()).toBe(true)
    expect(at.audited).toEqual([])
    expect((await postLogout(await issuer.logoutToken())).status).toBe(200)
    expect(await isIn()).toBe(false)
  })

  it('by a token that another key signed, none, or a secret that everybody has', async () => {
    issuer.lies = { otherKey: true }
    expect((await postLogout(await issuer.logoutToken())).status).toBe(400)
    issuer.lies = {}
    const [, payload] = (await issuer.logoutToken()).split('.')
    const head = Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object
    const known = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
    const symmetric = await known.sign(Buffer.from('secret:of-the-console'))
    for (const token of [`${head}.${payload}.`, symmetric, 'x', '']) {
      expect((await postLogout(token)).status).toBe(400)
    }
    expect(await isIn()).toBe(true)
  })

  it('while the keys cannot be fetched: the provider is asked to try again', async () => {
    const token = await issuer.logoutToken()
    issuer.lies = { status: 500 }
    expect((await postLogout(token)).status).toBe(503)
    expect(await isIn()).toBe(true)
  })

  it('a wrong token, of which the answer and the log show nothing', async () => {
    const token = await issuer.logoutToken({ aud: 'other-client', sid: 'a-name-of-a-session' })
    const text = await (await postLogout(token)).text()
    for (const secret of [token.slice(0, 20), 'other-client', 'a-name-of-a-session']) {
      expect(text + at.log.join('')).not.toContain(secret)
    }
  })
})
