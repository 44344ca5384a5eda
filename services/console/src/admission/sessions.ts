import type { Person } from '@freshet/events'
import type { Admin } from '@freshet/runtime'

/** A session ends after this, however busy. */
const LASTS_MS = 8 * 60 * 60_000
/** And after so long without a request. */
const IDLE_MS = 60 * 60_000
/** With one more the oldest ends. */
const SESSIONS_MAX = 1_000

/** A browser that is logged in. */
export interface Session {
  readonly admin: Admin
  /** How the gateway is to know who orders: it judges and audits. */
  readonly by: ProvenBy
  /** The provider’s own name of it. */
  readonly sid?: string | undefined
  /** What every request that writes repeats in a header, which no other site can read. */
  readonly csrf: string
  readonly untilMs: number
}

/** The admin's own token; or whom an identity provider logged in, for whom this console vouches. */
export type ProvenBy = { readonly token: string } | { readonly person: Person }

/** Sessions that an identity provider ends: one of its own (`sid`), or all of somebody (`sub`); both where it says both. */
export interface EndedLogin {
  readonly iss: string
  readonly sub?: string
  readonly sid?: string
}

/** The word of an identity provider holds until then. */
export type LoggedInBy = ProvenBy & { readonly untilMs?: number; readonly sid?: string | undefined }

/** What sessions need: times, and names that nobody guesses. */
export interface SessionParts {
  readonly nowMs: () => number
  readonly randomId: () => string
}

/** Who is logged in. Sessions live in this process alone: its end logs everybody out. */
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

  /** Whether the session of a cookie is there, without keeping it. */
  has(id: string): boolean {
    const session = this.#held.get(id)
    return session !== undefined && !isOver(session, this.#parts.nowMs())
  }

  /** Logs out. */
  close(id: string | undefined): void {
    if (id !== undefined) this.#held.delete(id)
  }

  /** Logs out whom a provider logged out. Returns who it was, once for each session. */
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
