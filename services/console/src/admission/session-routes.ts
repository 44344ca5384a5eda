import type { LoggedOut, SessionJson } from '@freshet/insight/answers'
import { FreshetError } from '@freshet/protocol'
import { formatRfc3339, type AuditLog, type Timer } from '@freshet/wire'
import {
  bearerAdmin,
  peerOf,
  readJsonBody,
  requireJson,
  requireRole,
  type Admin,
  type Logger,
} from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import {
  adminOf,
  askingSession,
  cookieName,
  type AdmissionParts,
  type GuardedParts,
} from './admission.ts'
import { API_VERSION } from '../view.ts'
import type { LoggedInBy, Session, Sessions } from './sessions.ts'

/** The parts that logging in and out needs. */
export interface SessionRouteParts extends GuardedParts {
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly clock: Pick<Timer, 'nowMs'>
  readonly logger: Logger
  /** Returns the address at which a person ends the session at the identity provider; it never fails. */
  readonly endUrl?: () => Promise<string | undefined>
  /** Returns whether the console can pass on orders with this kind of proof. */
  readonly canOrder: (by: 'token' | 'person') => boolean
}

/** The body of a login. */
export const loginForm = z.strictObject({ token: z.string().min(1).max(1_024) })

/** Adds logging in, which anybody may try. Stands before {@link admission}. */
export function addLoginRoute(app: Hono, parts: SessionRouteParts): void {
  app.post('/v1/session', async (c) => {
    requireOwnPage(c)
    requireJson(c.req.header('content-type'))
    const body = new Uint8Array(await c.req.arrayBuffer())
    const { token } = readJsonBody(body, loginForm, 'a login')
    const found = bearerAdmin(`Bearer ${token}`, parts.admins)
    await parts.attempts.count(peerOf(c), found !== undefined)
    const admin = requireRole(found, 'viewer')
    const session = await enter(c, parts, admin, { token })
    return c.json(sessionJson(admin, session, parts))
  })
}

/** Opens a session for a proven person, and gives the browser its cookie. */
export async function enter(
  c: Context,
  parts: SessionRouteParts,
  admin: Admin,
  by: LoggedInBy,
): Promise<Session> {
  await audit(parts, 'admin-logged-in', admin, 'person' in by ? { ...by.person } : {})
  const { id, session } = parts.sessions.open(admin, by)
  setCookie(c, cookieName(parts), id, cookieTerms(parts))
  return session
}

/** Adds who is logged in, and logging out. */
export function addSessionRoutes(app: Hono, parts: SessionRouteParts): void {
  app.get('/v1/session', (c) => {
    c.header('cache-control', 'no-store')
    return c.json(sessionJson(adminOf(c), askingSession(c), parts))
  })
  app.delete('/v1/session', async (c) => {
    const session = askingSession(c)
    if (session === undefined) return c.body(null, 204)
    parts.sessions.close(getCookie(c, cookieName(parts)))
    deleteCookie(c, cookieName(parts), cookieTerms(parts))
    await audit(parts, 'admin-logged-out', adminOf(c))
    const end = 'person' in session.by ? await parts.endUrl?.() : undefined
    return end === undefined
      ? c.body(null, 204)
      : c.json({ apiVersion: API_VERSION, end } satisfies LoggedOut)
  })
}

function sessionJson(
  { name, role }: Admin,
  session: Session | undefined,
  parts: SessionRouteParts,
): SessionJson {
  const canOrder = parts.canOrder(session && 'person' in session.by ? 'person' : 'token')
  const until = session === undefined ? null : formatRfc3339(session.untilMs)
  return { apiVersion: API_VERSION, name, role, csrf: session?.csrf ?? null, until, canOrder }
}

function cookieTerms({ isSecure = false }: AdmissionParts) {
  return { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure } as const
}

/**
 * A page of another site must not log a browser in under another name. Other clients do not send the header.
 */
export function requireOwnPage(c: Context): void {
  const site = c.req.header('sec-fetch-site')
  if (site === undefined || site === 'same-origin') return
  throw new FreshetError('request.forbidden', 'Only the page of this console can log in.')
}

/** Writes a login or logout into the audit. */
export async function audit(
  { audit: log, clock, logger }: SessionRouteParts,
  kind: 'admin-logged-in' | 'admin-logged-out',
  { name, role }: Admin,
  facts: Readonly<Record<string, string>> = {},
): Promise<void> {
  const detail = { role, ...facts }
  await log.append([{ kind, atMs: clock.nowMs(), tenant: '*', ref: name, by: name, detail }])
  logger.info({ admin: name, kind }, 'console session')
}
