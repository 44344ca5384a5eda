import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CALLBACK } from '../../services/console/src/login/openid-provider.ts'
import { CONSOLE_URL, consoleAt, type LoginConsole } from './console-at.ts'
import { loginBrowser, type LoginBrowser } from './login-browser.ts'
import { lyingIssuer, type LyingIssuer } from './lying-issuer.ts'

const HOUR_MS = 3_600_000

let issuer: LyingIssuer
let at: LoginConsole
let browser: LoginBrowser

beforeEach(async () => {
  issuer = await lyingIssuer()
  at = consoleAt(issuer.url)
  browser = loginBrowser(at, issuer)
})
afterEach(() => issuer.close())

const begin: LoginBrowser['begin'] = (to) => browser.begin(to)
const come: LoginBrowser['come'] = (query, cookie) => browser.come(query, cookie)
const loggedIn = () => browser.loggedIn()
const statusOf = async (path: string, cookie: string) => (await browser.ask(path, cookie)).status

describe('a login by an identity provider', () => {
  it('asks for a code with PKCE, a state and a nonce, and keeps them in the browser, sealed', async () => {
    const { url, cookie, header } = await begin()
    expect(url.origin).toBe(issuer.url)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'freshet-console',
      redirect_uri: `${CONSOLE_URL}${CALLBACK}`,
      scope: 'openid groups',
      code_challenge_method: 'S256',
    })
    expect(header).toMatch(/; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
    for (const name of ['state', 'nonce']) {
      expect(cookie).not.toContain(url.searchParams.get(name))
    }
  })

  it('opens a session with the role that a claim gives, and goes back to the page', async () => {
    const { url, cookie } = await begin('/slos?slo=reduce-complete-2s')
    const answer = await come(await issuer.answer(url), cookie)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/slos?slo=reduce-complete-2s')
    const session = await at.app.request('/v1/session', {
      headers: { cookie: browser.sessionIn(answer) },
    })
    const name = `${issuer.url} alice`
    expect(await session.json()).toMatchObject({ name, role: 'operator', canOrder: true })
    expect(at.audited).toMatchObject([
      {
        kind: 'admin-logged-in',
        by: name,
        detail: { role: 'operator', iss: issuer.url, sub: 'alice' },
      },
    ])
  })

  it.each([
    ['https://evil.example/', '/'],
    ['//evil.example/slos', '/'],
    ['/\\evil.example', '/'],
    ['/v1/session', '/'],
    ['/assets/x.js', '/'],
    [`/slos?${'x'.repeat(1_000)}`, '/'],
  ])('comes back to no address but a page of ours: %s', async (to, back) => {
    const { url, cookie } = await begin(to)
    const answer = await come(await issuer.answer(url), cookie)
    expect(answer.headers.get('location')).toBe(back)
  })

  it('ends with the ID token, because no issuer confirms the role any longer', async () => {
    issuer.lies = { claims: { exp: Math.floor(Date.now() / 1_000) + 120 } }
    const cookie = await loggedIn()
    expect(await statusOf('/v1/session', cookie)).toBe(200)
    at.later(121_000)
    expect(await statusOf('/v1/session', cookie)).toBe(401)
  })

  it('lasts no longer than any session where the ID token does', async () => {
    issuer.lies = { claims: { exp: Math.floor(Date.now() / 1_000) + 48 * 3_600 } }
    const cookie = await loggedIn()
    for (let hours = 0; hours < 7.5; hours += 0.8) {
      expect(await statusOf('/v1/session', cookie)).toBe(200)
      at.later(0.8 * HOUR_MS)
    }
    expect(await statusOf('/v1/session', cookie)).toBe(401)
  })

  it('is ended at the provider too, where it has a place for that', async () => {
    const cookie = await loggedIn()
    const headers = { cookie, 'x-freshet-csrf': await browser.csrfOf(cookie) }
    const answer = await at.app.request('/v1/session', { method: 'DELETE', headers })
    const end = new URL(((await answer.json()) as { end: string }).end)
    expect(end.origin + end.pathname).toBe(`${issuer.url}/end`)
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe(`${CONSOLE_URL}/`)
    expect(end.search).not.toContain('id_token')
    expect(await statusOf('/v1/session', cookie)).toBe(401)
  })
})

describe('no session is opened by', () => {
  const CLAIM = 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'
  const refusals: [string, (login: Begun) => Promise<Response>, string, string][] = [
    ['another state', otherState('x'), 'login.refused', 'OAUTH_INVALID_RESPONSE'],
    ['no state', otherState(''), 'login.refused', 'OAUTH_INVALID_RESPONSE'],
    ['another nonce', lied({ claims: { nonce: 'other' } }), 'login.refused', CLAIM],
    ['no nonce', lied({ claims: { nonce: undefined } }), 'login.refused', 'OAUTH_INVALID_RESPONSE'],
    ['another audience', lied({ claims: { aud: 'other' } }), 'login.refused', CLAIM],
    ['another issuer in the token', lied({ claims: { iss: 'https://x' } }), 'login.refused', CLAIM],
    ['a token that is over', lied({ claims: { exp: 9 } }), 'login.refused', 'TIMESTAMP_CHECK'],
    [
      'a token signed by another key',
      lied({ otherKey: true }),
      'login.refused',
      'INVALID_RESPONSE',
    ],
    ['a name that hides', lied({ claims: { sub: 'a\u202Eb' } }), 'login.refused', 'names a person'],
    [
      'too long a name',
      lied({ claims: { sub: 'a'.repeat(256) } }),
      'login.refused',
      'names a person',
    ],
    ['an error of the provider', denied, 'login.refused', 'access_denied'],
    ['a browser that began nothing', withCookie(''), 'login.unknown', 'ten minutes'],
    ['a cookie that is not ours', withCookie('freshet-login=a.b.c.d.e'), 'login.unknown', 'ten'],
    ['no value that gives a role', lied({ claims: { groups: ['x'] } }), 'login.no-role', 'groups'],
    ['no claim', lied({ claims: { groups: undefined } }), 'login.no-role', 'groups'],
    ['another form', lied({ claims: { groups: { sre: true } } }), 'login.no-role', 'groups'],
    ['a provider that fails', lied({ status: 500 }), 'login.unavailable', 'gave no usable answer'],
  ]
  const STATUS: Readonly<Record<string, number>> = {
    'login.no-role': 403,
    'login.unavailable': 503,
  }

  it.each(refusals)('%s', async (_, attempt, code, reason) => {
    const { url, cookie } = await begin()
    const query = await issuer.answer(url)
    const answer = await attempt({ query, cookie, state: url.searchParams.get('state') ?? '' })
    expect(answer.headers.get('content-type')).toContain('text/html')
    const page = await answer.text()
    expect(page).toContain(`<code>${code}</code>`)
    expect(page).toContain(reason)
    expect(answer.status).toBe(STATUS[code] ?? 401)
    expect(answer.headers.getSetCookie().join()).not.toContain('freshet-session')
    expect(at.audited).toEqual([])
  })

  it('another issuer that answers in its place (RFC 9207)', async () => {
    for (const answeredBy of ['https://other.example', undefined]) {
      issuer.lies = { answeredBy }
      const { url, cookie } = await begin()
      expect((await come(await issuer.answer(url), cookie)).status).toBe(401)
    }
    expect(issuer.requests.tokens).toBe(0)
  })

  it('a code that is used up', async () => {
    const { url, cookie } = await begin()
    const query = await issuer.answer(url)
    expect((await come(query, cookie)).status).toBe(303)
    expect((await come(query, cookie)).status).toBe(401)
  })

  it('the code of another person, put into the address of one who began a login', async () => {
    const thief = await begin()
    const stolen = new URLSearchParams(await issuer.answer(thief.url))
    const victim = await begin()
    stolen.set('state', victim.url.searchParams.get('state') ?? '')
    expect((await come(`?${stolen.toString()}`, victim.cookie)).status).toBe(401)
    // This also holds if the provider checks no verifier: the nonce is the other browser’s.
    issuer.lies = { takesAnyCode: true }
    const again = new URLSearchParams(await issuer.answer(thief.url))
    again.set('state', victim.url.searchParams.get('state') ?? '')
    expect((await come(`?${again.toString()}`, victim.cookie)).status).toBe(401)
  })

  it('a login that began too long ago', async () => {
    const { url, cookie } = await begin()
    const query = await issuer.answer(url)
    at.later(600_000)
    const answer = await come(query, cookie)
    expect(await answer.text()).toContain('login.unknown')
  })

  it('a page of another site that begins one', async () => {
    const headers = { accept: 'text/html', 'sec-fetch-site': 'cross-site' }
    expect((await at.app.request('/v1/session/openid', { headers })).status).toBe(403)
  })

  it('the seventeenth at a time: each makes the console ask', async () => {
    let answerThem = (): void => {}
    issuer.lies = { until: new Promise((resolve) => (answerThem = resolve)) }
    const begun = await Promise.all(Array.from({ length: 17 }, () => begin()))
    const queries = await Promise.all(begun.map(({ url }) => issuer.answer(url)))
    const answers = begun.map(({ cookie }, index) => come(queries[index] ?? '', cookie))
    const refused = await Promise.race(answers)
    expect(refused.status).toBe(429)
    expect(await refused.text()).toContain('limit.reached')
    answerThem()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(16)
  })

  it('metadata that are another issuer’s', async () => {
    issuer.lies = { metadata: { issuer: 'https://other.example' } }
    const answer = await at.app.request('/v1/session/openid')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'login.unavailable' })
  })
})

describe('around it', () => {
  it('no code, token or claim stands in the log', async () => {
    const { url, cookie } = await begin()
    const query = await issuer.answer(url)
    const code = new URLSearchParams(query).get('code') ?? ''
    issuer.lies = { claims: { aud: 'other-client', groups: ['a-value-of-a-claim'] } }
    await come(query, cookie)
    const logged = at.log.join('')
    expect(logged).toContain('login.refused')
    for (const secret of [code, 'a-value-of-a-claim', 'other-client', 'eyJ', 'secret:of']) {
      expect(logged).not.toContain(secret)
    }
  })

  it('the provider is asked about itself once for many, and again after a failure', async () => {
    issuer.lies = { status: 503 }
    await Promise.all([at.app.request('/v1/session/openid'), at.app.request('/v1/session/openid')])
    issuer.lies = {}
    await Promise.all([begin(), begin(), begin()])
    await begin()
    expect(issuer.requests.metadata).toBe(1)
    at.later(HOUR_MS)
    await begin()
    expect(issuer.requests.metadata).toBe(2)
  })

  it('any caller gets the ways to log in, and a logged-in person gets whether the provider answers', async () => {
    const ways = await at.app.request('/v1/session/ways')
    expect(await ways.json()).toMatchObject({ token: true, openid: { issuer: issuer.url } })
    const check = '/v1/session/openid/provider'
    expect((await at.app.request(check)).status).toBe(401)
    const headers = { authorization: 'Bearer token-of-ann' }
    expect((await at.app.request(check, { headers })).status).toBe(200)
    issuer.lies = { status: 500 }
    expect((await at.app.request(check, { headers })).status).toBe(503)
  })
})

interface Begun {
  readonly query: string
  readonly cookie: string
  readonly state: string
}

function lied(lies: LyingIssuer['lies']): (begun: Begun) => Promise<Response> {
  return ({ query, cookie }) => {
    issuer.lies = lies
    return come(query, cookie)
  }
}

function otherState(state: string): (begun: Begun) => Promise<Response> {
  return ({ query, cookie }) => {
    const other = new URLSearchParams(query)
    other.set('state', state)
    if (state === '') other.delete('state')
    return come(`?${other.toString()}`, cookie)
  }
}

function withCookie(cookie: string): (begun: Begun) => Promise<Response> {
  return ({ query }) => come(query, cookie)
}

function denied({ cookie, state }: Begun): Promise<Response> {
  const query = { error: 'access_denied', iss: issuer.url, state }
  return come(`?${new URLSearchParams(query).toString()}`, cookie)
}
