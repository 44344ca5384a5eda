import type { Attempt } from './attempt.ts'

/** The time between two entries about one party and address. */
export const AUDIT_EVERY_MS = 60_000
/** Parties and addresses that get entries of their own in this time. The others share one. */
export const AUDITED_MAX = 100

/** Refused attempts that one entry of the audit records. */
export interface RefusedCount {
  /** One of them; absent for those that share an entry. */
  readonly attempt?: Attempt
  readonly count: number
}

/**
 * Counts refused attempts, so that the number of entries does not grow with the number of guesses. The first
 * attempt of a party from an address is due at once. Those after it are due together, a minute later at the earliest.
 */
export class RefusedAttempts {
  #counts = new Map<string, { readonly attempt: Attempt; count: number }>()
  #others = 0
  #dueAtMs = Number.NEGATIVE_INFINITY

  /** Adds one. Returns what is due. */
  add(attempt: Attempt, nowMs: number): readonly RefusedCount[] {
    const due = this.due(nowMs)
    const key = JSON.stringify([shownName(attempt), attempt.address])
    const held = this.#counts.get(key)
    if (held !== undefined) held.count += 1
    else if (this.#counts.size >= AUDITED_MAX) this.#others += 1
    else {
      this.#counts.set(key, { attempt, count: 0 })
      return [...due, { attempt, count: 1 }]
    }
    return due
  }

  /** Returns what is due. */
  due(nowMs: number): readonly RefusedCount[] {
    if (nowMs < this.#dueAtMs) return []
    const due: readonly RefusedCount[] = [...this.#counts.values(), { count: this.#others }]
    this.#counts = new Map()
    this.#others = 0
    this.#dueAtMs = nowMs + AUDIT_EVERY_MS
    return due.filter(({ count }) => count > 0)
  }
}

/** Returns the name that log and audit can show. */
export function shownName({ name, tenant }: Attempt): string | undefined {
  return tenant === undefined ? undefined : name
}
