import type { LoginWays } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import { noteRefusal, problemOf, ADMIN_ROLES, type AdminRole } from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { cookieName } from '../admission/admission.ts'
import {
  audit,
  enter,
  requireOwnPage,
  type SessionRouteParts,
} from '../admission/session-routes.ts'
import { PAGES, PAGE_GUARDS } from '../pages/page-routes.ts'
import { API_VERSION } from '../view.ts'
import type { KnownPerson, LoginProvider } from './login-provider.ts'
import type { RoleMap } from './oidc-settings.ts'
import { CALLBACK } from './openid-provider.ts'
import { PENDING_MS, type LoginSeal } from './sealed-login.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Shows a person why no session was opened. */
function failedLoginPage(c: Context, error: unknown): Response {
  const { status, title, detail, code } = problemOf(error)
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not logged in: Freshet</title></head>
<body><main><h1>Not logged in</h1><p>${escaped(title)}</p><p>${escaped(detail)}</p><p><code>${code}</code></p>
<p><a href="/">Back to the console</a></p></main></body>
</html>
`
  const headers = { ...PAGE_GUARDS, 'cache-control': 'no-store' }
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return c.html(html, status as Parameters<typeof c.html>[1])
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? '')
}

/** A login by an identity provider, as this console is set up for it. */
export interface OpenIdLogin {
  readonly provider: LoginProvider
  readonly roles: RoleMap
  readonly seal: LoginSeal
}

/** The parts that the routes need. */
export interface OpenIdRouteParts extends SessionRouteParts {
  /** Absent: tokens of admins log in alone. */
  readonly openId?: OpenIdLogin
}

/** The route that the provider has as `backchannel_logout_uri`. */
export const LOGOUT = '/v1/session/openid/logout'
/** Longer addresses are not come back to. */
const TO_CHARS_MAX = 1_000

/** Adds logging in by a provider, which anybody may try. Stands before the admission. */
export function addOpenIdRoutes(app: Hono, parts: OpenIdRouteParts): void {
  app.get('/v1/session/ways', (c) => {
    const { openId, admins } = parts
    const openid = openId === undefined ? null : { issuer: openId.provider.issuer }
    c.header('cache-control', 'no-store')
    const ways = { apiVersion: API_VERSION, token: admins.length > 0, openid }
    return c.json(ways satisfies LoginWays)
  })
  app.get('/v1/session/openid', (c) => toPerson(c, parts, () => begin(c, parts)))
  app.get(CALLBACK, (c) => toPerson(c, parts, () => finish(c, parts)))
  app.post(LOGOUT, (c) => endedByProvider(c, parts))
}

/** Adds whether the provider answers, for who is logged in. */
export function addProviderRoute(app: Hono, parts: Pick<OpenIdRouteParts, 'openId'>): void {
  app.get('/v1/session/openid/provider', async (c) => {
    const { provider } = required(parts)
    await provider.check()
    return c.json({ apiVersion: API_VERSION, issuer: provider.issuer })
  })
}

async function begin(c: Context, parts: OpenIdRouteParts): Promise<Response> {
  requireOwnPage(c)
  const { provider, seal } = required(parts)
  const { url, pending } = await provider.begin()
  const sealed = await seal.seal({ ...pending, to: pageOf(c.req.query('to')) })
  setCookie(c, pendingName(parts), sealed, { ...pendingTerms(parts), maxAge: PENDING_MS / 1_000 })
  return c.redirect(url.href, 302)
}

async function finish(c: Context, parts: OpenIdRouteParts): Promise<Response> {
  const { provider, seal, roles } = required(parts)
  const pending = await seal.open(getCookie(c, pendingName(parts)))
  deleteCookie(c, pendingName(parts), pendingTerms(parts))
  if (pending === undefined) {
    throw new FreshetError('login.unknown', 'No login began here within the last ten minutes.')
  }
  const { search } = new URL(c.req.url)
  const person = await provider.finish(search, pending)
  const { iss, sub, sid, untilMs } = person
  // No space stands in an issuer, and none in the name of an admin with a token.
  const admin = { name: `${iss} ${sub}`, role: requiredRole(roles, person) }
  await enter(c, parts, admin, { untilMs, sid, person: { iss, sub } })
  return c.redirect(pending.to, 303)
}

/** The provider reports a logout there, not through a browser (Back-Channel Logout 1.0). */
async function endedByProvider(c: Context, parts: OpenIdRouteParts): Promise<Response> {
  const token = new URLSearchParams(await c.req.text()).get('logout_token') ?? ''
  const ended = parts.sessions.end(await required(parts).provider.ended(token))
  for (const admin of ended) await audit(parts, 'admin-logged-out', admin, { by: 'provider' })
  c.header('cache-control', 'no-store')
  return c.body(null, 200)
}

function requiredRole(roles: RoleMap, { claims }: KnownPerson) {
  const role = roleOf(roles, claims)
  if (role !== undefined) return role
  const message = `The ID token has no value of the claim “${roles.claim}” that gives a role in this console.`
  throw new FreshetError('login.no-role', message)
}

function required({ openId }: Pick<OpenIdRouteParts, 'openId'>): OpenIdLogin {
  if (openId !== undefined) return openId
  throw new FreshetError('request.not-found', 'This console knows no identity provider.')
}

/** A browser that goes here shows a person what it gets; other clients read a problem. */
async function toPerson(
  c: Context,
  { logger }: OpenIdRouteParts,
  work: () => Promise<Response>,
): Promise<Response> {
  c.header('cache-control', 'no-store')
  try {
    return await work()
  } catch (error) {
    const { code, status, detail } = problemOf(error)
    if (status === 500 || !c.req.header('accept')?.includes('text/html')) throw error
    noteRefusal(c, { code, detail })
    logger.info({ code, detail }, 'login failed')
    return failedLoginPage(c, error)
  }
}

/** A page of ours, and nothing else: an address that we send browsers to must not be another's. */
function pageOf(to: string = '/'): string {
  if (to.length > TO_CHARS_MAX || !URL.canParse(to, 'http://here')) return '/'
  const { origin, pathname, search } = new URL(to, 'http://here')
  return origin === 'http://here' && PAGES.includes(pathname) ? pathname + search : '/'
}

/** The provider sends the browser back from another site, so `Strict` would not come with it. */
function pendingTerms({ isSecure = false }: Pick<OpenIdRouteParts, 'isSecure'>) {
  return { httpOnly: true, sameSite: 'Lax', path: '/', secure: isSecure } as const
}

function pendingName(parts: Pick<OpenIdRouteParts, 'isSecure'>): string {
  return cookieName(parts, 'login')
}

/**
 * The highest role that the claims of an ID token give. Only a text, or a list of texts, counts: any other
 * value gives no role.
 */
export function roleOf(
  { claim, values }: RoleMap,
  claims: Readonly<Record<string, unknown>>,
): AdminRole | undefined {
  const claimed = Object.hasOwn(claims, claim) ? [claims[claim]].flat() : []
  return ADMIN_ROLES.findLast((role) => values[role].some((value) => claimed.includes(value)))
}
