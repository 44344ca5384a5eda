import type { SourceState } from '../checkpoint/checkpoint.ts'
import type { SourceView } from './partition-view.ts'
import type { KnownThrough } from './tenant-lists.ts'

/** Changed in place: a heartbeat can state thousands of feeds each second. */
interface KeptView {
  atMs: number | null
  state: SourceState
  receivedAtMonoMs: number
}

/** The receipt of a heartbeat by the monotonic clock, and the latest `through` that counts in it. */
export interface HeartbeatReceipt {
  readonly nowMonoMs: number
  readonly latestMs: number
}

/**
 * The `through` of each source in one partition and one incarnation; it only grows. A time from the future, by the
 * broker's time of the checkpoint, is left out: it would stay the latest one until then.
 */
export class SourceViews {
  readonly #tenants = new Map<string, Map<string, KeptView>>()
  #latestMs = 0

  /** The latest `through` of any source; 0 before the first. */
  get latestMs(): number {
    return this.#latestMs
  }

  /** The tenants of which heartbeats named any source. */
  tenants(): Iterable<string> {
    return this.#tenants.keys()
  }

  get(tenant: string, source: string): SourceView | undefined {
    return this.#tenants.get(tenant)?.get(source)
  }

  /**
   * Returns whether the heartbeat has a later `through` of any source than the known one, and not one later than
   * `latestMs`.
   */
  isSurpassedBy({ table, groups }: KnownThrough, latestMs: number): boolean {
    const isLater = (atMs: number | null, known: number | null | undefined): boolean =>
      isLaterThan(known, withinMs(atMs, latestMs))
    for (const [tenant, sources] of table)
      for (const [source, { atMs }] of sources)
        if (isLater(atMs, this.get(tenant, source)?.atMs)) return true
    for (const { tenants, sources } of groups)
      for (const [source, atMs] of sources)
        if (tenants.some((tenant) => isLater(atMs, this.get(tenant, source)?.atMs))) return true
    return false
  }

  /** Takes what is later, source by source, up to `latestMs`; only that renews a receipt age. */
  merge({ table, groups }: KnownThrough, { nowMonoMs, latestMs }: HeartbeatReceipt): void {
    for (const [tenant, sources] of table)
      for (const [source, { atMs, state }] of sources)
        this.#take(tenant, source, {
          atMs: withinMs(atMs, latestMs),
          state,
          receivedAtMonoMs: nowMonoMs,
        })
    for (const { tenants, sources } of groups)
      for (const [source, atMs] of sources) {
        const countedMs = withinMs(atMs, latestMs)
        const received = {
          atMs: countedMs,
          state: 'complete',
          receivedAtMonoMs: nowMonoMs,
        } as const
        for (const tenant of tenants) this.#take(tenant, source, received)
      }
  }

  clear(): void {
    this.#tenants.clear()
    this.#latestMs = 0
  }

  #take(tenant: string, source: string, received: KeptView): void {
    const known = this.#tenants.get(tenant) ?? new Map<string, KeptView>()
    if (known.size === 0) this.#tenants.set(tenant, known)
    const before = known.get(source)
    this.#latestMs = Math.max(this.#latestMs, received.atMs ?? 0)
    if (before === undefined) known.set(source, { ...received })
    else if (isLaterThan(before.atMs, received.atMs)) Object.assign(before, received)
    else if (received.atMs === before.atMs) before.state = received.state
  }
}

function isLaterThan(known: number | null | undefined, atMs: number | null): boolean {
  return atMs !== null && (known === undefined || known === null || atMs > known)
}

function withinMs(atMs: number | null, latestMs: number): number | null {
  return atMs === null || atMs > latestMs ? null : atMs
}
