import { FreshetError } from '@freshet/protocol'
import {
  bearerAdmin,
  requireRole,
  type Admin,
  type AdminToken,
  peerOf,
  type Attempts,
} from '@freshet/runtime'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Session, Sessions } from './sessions.ts'

/** The admitted people, and the names that browsers use. */
export interface AdmissionParts {
  /** Nothing under /v1 answers to anybody else. */
  readonly admins: readonly AdminToken[]
  /** Absent: bearer tokens alone. */
  readonly sessions?: Sessions
  /** Browsers reach the console by https: cookies are bound to the host and never sent in clear. */
  readonly isSecure?: boolean
}

/** The parts that check tokens. */
export interface GuardedParts extends AdmissionParts {
  /** Slows down guesses of tokens. */
  readonly attempts: Attempts
}

/** The header in which a browser's write repeats the token of its session. */
export const CSRF_HEADER = 'x-freshet-csrf'
const ADMITTED = 'admitted'
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

interface Admitted {
  readonly admin: Admin
  /** Absent where a bearer token was sent. */
  readonly session?: Session
}

/**
 * Admits requests with an admin's token or a session's cookie. A write with a cookie must repeat the
 * session's own token in a header: no other site can read it.
 */
export function admission(parts: GuardedParts): MiddlewareHandler {
  return async (c, next) => {
    const admitted = (await bearerOf(c, parts)) ?? sessionOf(c, parts)
    requireRole(admitted?.admin, 'viewer')
    c.set(ADMITTED, admitted)
    await next()
  }
}

/** The admin who asks. It is valid only behind {@link admission}. */
export function adminOf(c: Context): Admin {
  return (c.get(ADMITTED) as Admitted).admin
}

/** The session that asks; `undefined` where a bearer token does. */
export function askingSession(c: Context): Session | undefined {
  return (c.get(ADMITTED) as Admitted).session
}

/** Returns whether the asking person is allowed to see the subject of a record. */
export function maySeePersons(c: Context): boolean {
  return adminOf(c).role !== 'viewer'
}

/** `__Host-` binds a cookie to this host, and browsers take it over https alone. */
export function cookieName(
  { isSecure = false }: Pick<AdmissionParts, 'isSecure'>,
  of: 'session' | 'login' = 'session',
): string {
  return isSecure ? `__Host-freshet-${of}` : `freshet-${of}`
}

/** A request with a bearer token does not use its cookie. */
async function bearerOf(
  c: Context,
  { admins, attempts }: GuardedParts,
): Promise<Admitted | undefined> {
  const authorization = c.req.header('authorization')
  if (!/^Bearer /i.test(authorization ?? '')) return undefined
  const admin = bearerAdmin(authorization, admins)
  await attempts.count(peerOf(c), admin !== undefined)
  return admin && { admin }
}

function sessionOf(c: Context, parts: AdmissionParts): Admitted | undefined {
  if (c.req.header('authorization') !== undefined) return undefined
  const session = parts.sessions?.find(getCookie(c, cookieName(parts)))
  if (session === undefined) return undefined
  if (!READS.has(c.req.method) && c.req.header(CSRF_HEADER) !== session.csrf) {
    const message = `A write with a cookie repeats the session's token in ${CSRF_HEADER}.`
    throw new FreshetError('request.forbidden', message)
  }
  return { admin: session.admin, session }
}
