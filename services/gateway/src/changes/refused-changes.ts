import {
  fullAllowance,
  grant,
  type Allowance,
  type Change,
  type Clock,
  type RateLimit,
} from '@freshet/protocol'
import type { Acceptance } from '@freshet/intake'
import type { AuditEntry } from '@freshet/wire'

/** Entries of one source. Refusals beyond it are counted in the next entry. */
export const REFUSED_ENTRIES_LIMIT: RateLimit = { perSecond: 1, burst: 20 }

/** The tenant of an entry whose changes name several tenants, some of which might not exist. */
const SEVERAL_TENANTS = '*'

/**
 * Counts the changes that sources are not allowed to send, for the audit. A request has at most one entry,
 * with the number of its refused changes and the id of the first one. The sources are those of the registry,
 * so they are few.
 */
export class RefusedChanges {
  readonly #clock: Clock
  readonly #allowances = new Map<string, Allowance>()
  readonly #uncounted = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the entries of a request whose signer is `by`: one or none. */
  entriesOf(
    by: string,
    changes: readonly Change[],
    answers: readonly Acceptance[],
  ): readonly AuditEntry[] {
    const refused = changes.filter((_, at) => isForbidden(answers[at]))
    const [first] = refused
    if (first === undefined) return []
    const count = refused.length + (this.#uncounted.get(by) ?? 0)
    const nowMs = this.#clock.monotonicMs()
    const before = this.#allowances.get(by) ?? fullAllowance(REFUSED_ENTRIES_LIMIT, nowMs)
    const { granted, allowance } = grant(REFUSED_ENTRIES_LIMIT, before, 1, nowMs)
    this.#allowances.set(by, allowance)
    this.#uncounted.set(by, granted === 0 ? count : 0)
    if (granted === 0) return []
    const { tenant: named, id: ref, source, kind } = first
    const tenant = refused.every((change) => change.tenant === named) ? named : SEVERAL_TENANTS
    const detail = { change: kind, source, at: 'gateway', count }
    return [{ kind: 'change-refused', atMs: this.#clock.nowMs(), tenant, ref, by, detail }]
  }
}

function isForbidden(answer: Acceptance | undefined): boolean {
  return answer?.ok === false && answer.error.code === 'event.forbidden'
}
