import type { ThroughTable } from '../checkpoint/checkpoint.ts'
import type { SourceView } from './partition-view.ts'

/** What each source has told in one partition and one incarnation: it only grows. */
export class HeardSources {
  readonly #tenants = new Map<string, Map<string, SourceView>>()
  #latestMs = 0

  /** The latest time that any of them told; 0 before the first. */
  get latestMs(): number {
    return this.#latestMs
  }

  get(tenant: string, source: string): SourceView | undefined {
    return this.#tenants.get(tenant)?.get(source)
  }

  /** Whether the table tells of any source something later than what is known. */
  isSurpassedBy(table: ThroughTable): boolean {
    for (const [tenant, sources] of table)
      for (const [source, { atMs }] of sources)
        if (isLater(atMs, this.get(tenant, source)?.atMs)) return true
    return false
  }

  /** Takes what is later, source by source; only that renews a receipt age. */
  merge(table: ThroughTable, nowMonoMs: number, renewAll: boolean): void {
    for (const [tenant, sources] of table) {
      const known = this.#tenants.get(tenant) ?? new Map<string, SourceView>()
      this.#tenants.set(tenant, known)
      for (const [source, { atMs, state }] of sources) {
        this.#latestMs = Math.max(this.#latestMs, atMs ?? 0)
        const before = known.get(source)
        if (before === undefined || isLater(atMs, before.atMs))
          known.set(source, { atMs, state, receivedAtMonoMs: nowMonoMs })
        else if (renewAll) known.set(source, { ...before, receivedAtMonoMs: nowMonoMs })
        else if (atMs === before.atMs) known.set(source, { ...before, state })
      }
    }
  }

  clear(): void {
    this.#tenants.clear()
    this.#latestMs = 0
  }
}

function isLater(atMs: number | null, known: number | null | undefined): boolean {
  return atMs !== null && (known === undefined || known === null || atMs > known)
}
