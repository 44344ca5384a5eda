import type { Person } from '@freshet/wire'
import type { Admin } from '@freshet/runtime'

/** A session ends after this, however busy. */
const LASTS_MS = 8 * 60 * 60_000
/** And after so long without a request. */
const IDLE_MS = 60 * 60_000
/** The number of sessions; one more ends the oldest. */
const SESSIONS_MAX = 1_000

/** A browser that is logged in. */
export interface Session {
  readonly admin: Admin
  /** The proof of the person for the gateway, which judges and audits. */
  readonly by: ProvenBy
  /** The provider’s own name of it. */
  readonly sid?: string | undefined
  /** The value that every writing request repeats in a header; no other site can read it. */
  readonly csrf: string
  readonly untilMs: number
}

/** The admin's own token; or a person with a login at an identity provider, vouched for by this console. */
export type ProvenBy = { readonly token: string } | { readonly person: Person }

/**
 * Sessions that an identity provider ends: one of its own (`sid`), or all of a person (`sub`); both if the
 * token names both.
 */
export interface EndedLogin {
  readonly iss: string
  readonly sub?: string
  readonly sid?: string
}

/** The login and its end at the identity provider. */
export type LoggedInBy = ProvenBy & { readonly untilMs?: number; readonly sid?: string | undefined }

/** The parts that sessions need: times, and unpredictable names. */
export interface SessionParts {
  readonly nowMs: () => number
  readonly randomId: () => string
}

/** The sessions of logged-in people. Sessions live in this process only: its end logs everyone out. */
export class Sessions {
  readonly #parts: SessionParts
  readonly #held = new Map<string, Session & { idleMs: number }>()

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /** Logs in. The id is for the cookie alone. */
  open(
    admin: Admin,
    { untilMs: heldUntilMs = Infinity, sid, ...by }: LoggedInBy,
  ): { readonly id: string; readonly session: Session } {
    const { nowMs, randomId } = this.#parts
    this.#dropOver(nowMs())
    const [oldest] = this.#held.keys()
    if (oldest !== undefined && this.#held.size >= SESSIONS_MAX) this.#held.delete(oldest)
    const id = `${randomId()}${randomId()}`
    const untilMs = Math.min(nowMs() + LASTS_MS, heldUntilMs)
    const session = { admin, by, sid, csrf: randomId(), untilMs }
    this.#held.set(id, { ...session, idleMs: nowMs() + IDLE_MS })
    return { id, session }
  }

  /** The session of a cookie, unless it ended. Being asked for keeps it. */
  find(id: string | undefined): Session | undefined {
    const session = id === undefined ? undefined : this.#held.get(id)
    const nowMs = this.#parts.nowMs()
    if (session === undefined || isOver(session, nowMs)) return undefined
    session.idleMs = nowMs + IDLE_MS
    return session
  }

  /** Returns whether the session of a cookie exists, without extending it. */
  has(id: string): boolean {
    const session = this.#held.get(id)
    return session !== undefined && !isOver(session, this.#parts.nowMs())
  }

  /** Logs out. */
  close(id: string | undefined): void {
    if (id !== undefined) this.#held.delete(id)
  }

  /** Ends the sessions that a provider ended. Returns their people, once for each session. */
  end(ended: EndedLogin): readonly Admin[] {
    const found = [...this.#held].filter(([, session]) => isOf(session, ended))
    for (const [id] of found) this.#held.delete(id)
    return found.map(([, { admin }]) => admin)
  }

  #dropOver(nowMs: number): void {
    for (const [id, session] of this.#held) if (isOver(session, nowMs)) this.#held.delete(id)
  }
}

function isOf({ by, sid }: Session, ended: EndedLogin): boolean {
  if (!('person' in by) || by.person.iss !== ended.iss) return false
  if (ended.sub !== undefined && ended.sub !== by.person.sub) return false
  return ended.sid === undefined ? ended.sub !== undefined : ended.sid === sid
}

function isOver(
  { untilMs, idleMs }: { readonly untilMs: number; readonly idleMs: number },
  nowMs: number,
): boolean {
  return nowMs >= untilMs || nowMs >= idleMs
}
