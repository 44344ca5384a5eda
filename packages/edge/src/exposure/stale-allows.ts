import {
  subjectKey,
  type AppliedRevocation,
  type ClaimMap,
  type ClaimValue,
} from '@freshet/protocol'
import { isStaleBy } from '@freshet/protocol/exposure'
import { EXPOSED_MAX, type Exposure, type LogRecord } from '@freshet/wire'
import { ALLOW_CHECKS_PER_TICK, EXPOSURES_MAX } from '../limits.ts'
import type { BrokerTime } from '../report/broker-time.ts'
import type { RouteUse } from '../use/claim-uses.ts'
import type { AllowRing, Allow, Ask } from './allow-ring.ts'
import { carried, type LetIn } from './let-in.ts'

/** The place of a revocation, and its time at the broker. */
type At = Pick<LogRecord, 'partition' | 'offset' | 'appendedAtMs'>

interface Counted {
  requests: number
  firstMs: number
  lastMs: number
}

/** The number of losses since the last call. */
export interface LostAllows {
  /** Allows that gave way to newer ones within {@link ALLOW_YOUNG_MS}. */
  readonly evictions: number
  /** Changes whose exposure found no room, or no time. */
  readonly dropped: number
}

/**
 * Counts what was let in after a change was committed at its source, once its revocation is applied: the
 * requests that this revocation would have refused. Each request counts once, for the first revocation
 * that is applied of those that would have refused it.
 */
export class StaleAllows {
  readonly #ring: AllowRing
  readonly #time: BrokerTime
  readonly #waiting: Exposure[] = []
  #checksLeft = ALLOW_CHECKS_PER_TICK
  #isPartial = false
  #total = 0
  #dropped = 0
  #taken: LostAllows = { evictions: 0, dropped: 0 }

  constructor(ring: AllowRing, time: BrokerTime) {
    this.#ring = ring
    this.#time = time
  }

  /** Requests that were counted since the start. */
  get total(): number {
    return this.#total
  }

  /** Takes a revocation that was applied for the first time. */
  onApplied(revocation: AppliedRevocation, at: At, map: ClaimMap | undefined): void {
    if (this.#ring.size === 0) return
    const sinceMs = this.#sinceOf(revocation, at)
    if (sinceMs === undefined || this.#checksLeft <= 0) {
      this.#giveUp()
      return
    }
    const counted = new Map<string, Counted>()
    this.#checksLeft -= this.#ask(revocation, sinceMs, asking(revocation, map, counted))
    for (const [route, found] of counted) this.#add(revocation, at, { route, ...found })
  }

  /**
   * From when on the allows are complete that were held against what has been applied since the last
   * call, by the broker's clock; `undefined` where some of it was not held against them, or where the next
   * report has no room for all exposures.
   */
  takeSinceMs(): number | undefined {
    const isPartial = this.#isPartial || this.#waiting.length > EXPOSED_MAX
    this.#isPartial = false
    return isPartial || this.#ring.isOff ? undefined : this.#time.brokerMs(this.#ring.sinceMs)
  }

  /** The next exposures to report. */
  pending(): readonly Exposure[] {
    return this.#waiting.slice(0, EXPOSED_MAX)
  }

  /** So many of the first were acknowledged. */
  acknowledged(count: number): void {
    this.#waiting.splice(0, count)
  }

  /** Returns the losses since the last call. */
  takeLost(): LostAllows {
    const now = { evictions: this.#ring.evictions, dropped: this.#dropped }
    const before = this.#taken
    this.#taken = now
    return {
      evictions: now.evictions - before.evictions,
      dropped: now.dropped - before.dropped,
    }
  }

  tick(): void {
    this.#checksLeft = ALLOW_CHECKS_PER_TICK
  }

  /**
   * The time is monotonic. A change was committed before its revocation was published, whatever a source's
   * clock shows.
   */
  #sinceOf({ occurredAtMs }: AppliedRevocation, { appendedAtMs }: At): number | undefined {
    if (occurredAtMs <= 0) return undefined
    return this.#time.ownMs(Math.min(occurredAtMs, appendedAtMs))
  }

  #ask(revocation: AppliedRevocation, sinceMs: number, ask: Ask): number {
    if (revocation.scope !== 'subject' && revocation.scope !== 'account')
      return this.#ring.askAll(sinceMs, ask)
    return this.#ring.askOf(subjectKey(revocation.subject), sinceMs, ask)
  }

  #add(
    { tenant, change, occurredAtMs: commitAtMs }: AppliedRevocation,
    { partition, offset }: At,
    { route, requests, firstMs, lastMs }: Counted & { readonly route: string },
  ): void {
    this.#total += requests
    if (this.#waiting.length >= EXPOSURES_MAX) {
      this.#giveUp()
      return
    }
    const [firstAtMs, lastAtMs] = [this.#wholeBrokerMs(firstMs), this.#wholeBrokerMs(lastMs)]
    const of = { tenant, partition, offset, change, commitAtMs }
    this.#waiting.push({ ...of, route, requests, firstAtMs, lastAtMs })
  }

  #wholeBrokerMs(ownMs: number): number {
    return Math.floor(this.#time.brokerMs(ownMs) ?? 0)
  }

  #giveUp(): void {
    this.#isPartial = true
    this.#dropped += 1
  }
}

/** Asked about an allow, counts it where the revocation makes stale what it used. */
function asking(
  revocation: AppliedRevocation,
  map: ClaimMap | undefined,
  counted: Map<string, Counted>,
): Ask {
  let latest: { letIn: LetIn; use: RouteUse; isStale: boolean } | undefined
  const isStale = ({ letIn, use }: Allow): boolean => {
    if (latest?.letIn !== letIn || latest.use !== use) {
      const { token } = letIn
      const carries = (claim: string, value: ClaimValue): boolean => carried(letIn, claim, value)
      const used = { token, claims: use.claims, carries }
      latest = { letIn, use, isStale: isStaleBy(used, revocation, map) }
    }
    return latest.isStale
  }
  return (allow) => {
    if (!isStale(allow)) return false
    const { atMs, use } = allow
    const found = counted.get(use.route) ?? { requests: 0, firstMs: atMs, lastMs: atMs }
    found.requests += 1
    found.firstMs = Math.min(found.firstMs, atMs)
    found.lastMs = Math.max(found.lastMs, atMs)
    counted.set(use.route, found)
    return true
  }
}
