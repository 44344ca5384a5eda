import type { SourceState } from '../checkpoint/checkpoint.ts'
import type { SourceView } from './partition-view.ts'
import type { KnownThrough } from './tenant-lists.ts'

/** Changed in place: a heartbeat can state thousands of feeds each second. */
interface Heard {
  atMs: number | null
  state: SourceState
  receivedAtMonoMs: number
}

/** The `through` of each source in one partition and one incarnation; it only grows. */
export class HeardSources {
  readonly #tenants = new Map<string, Map<string, Heard>>()
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

  /** Returns whether the heartbeat has a later `through` of any source than the known one. */
  isSurpassedBy({ table, groups }: KnownThrough): boolean {
    for (const [tenant, sources] of table)
      for (const [source, { atMs }] of sources)
        if (isLater(atMs, this.get(tenant, source)?.atMs)) return true
    for (const { tenants, sources } of groups)
      for (const [source, atMs] of sources)
        if (tenants.some((tenant) => isLater(atMs, this.get(tenant, source)?.atMs))) return true
    return false
  }

  /** Takes what is later, source by source; only that renews a receipt age. */
  merge({ table, groups }: KnownThrough, nowMonoMs: number): void {
    for (const [tenant, sources] of table)
      for (const [source, { atMs, state }] of sources)
        this.#take(tenant, source, { atMs, state, receivedAtMonoMs: nowMonoMs })
    for (const { tenants, sources } of groups)
      for (const [source, atMs] of sources) {
        const said = { atMs, state: 'complete', receivedAtMonoMs: nowMonoMs } as const
        for (const tenant of tenants) this.#take(tenant, source, said)
      }
  }

  clear(): void {
    this.#tenants.clear()
    this.#latestMs = 0
  }

  #take(tenant: string, source: string, said: Heard): void {
    const known = this.#tenants.get(tenant) ?? new Map<string, Heard>()
    if (known.size === 0) this.#tenants.set(tenant, known)
    const before = known.get(source)
    this.#latestMs = Math.max(this.#latestMs, said.atMs ?? 0)
    if (before === undefined) known.set(source, { ...said })
    else if (isLater(said.atMs, before.atMs)) Object.assign(before, said)
    else if (said.atMs === before.atMs) before.state = said.state
  }
}

function isLater(atMs: number | null, known: number | null | undefined): boolean {
  return atMs !== null && (known === undefined || known === null || atMs > known)
}
