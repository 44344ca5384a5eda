import type { Heartbeat } from '../checkpoint/checkpoint.ts'
import type { BreakGlassGrant } from '../changes/break-glass-grant.ts'

/** The content of the trusted heartbeats of a partition, except `through`. */
export class TrustedHeartbeat {
  #minimumPv = 0
  #foreignSinceMs: number | undefined
  #mapVersion = 0
  #mapHash: string | null = null
  #nextOffset = 0n
  #grants: readonly BreakGlassGrant[] = []

  get minimumPv(): number {
    return this.#minimumPv
  }

  get foreignSinceMs(): number | undefined {
    return this.#foreignSinceMs
  }

  get mapVersion(): number {
    return this.#mapVersion
  }

  get mapHash(): string | null {
    return this.#mapHash
  }

  get nextOffset(): bigint {
    return this.#nextOffset
  }

  get grants(): readonly BreakGlassGrant[] {
    return this.#grants
  }

  /**
   * Returns whether a heartbeat has a later minimum or map, or other break-glass grants at a later position.
   */
  isSurpassedBy(heartbeat: Heartbeat): boolean {
    return (
      heartbeat.minimumPv > this.#minimumPv ||
      heartbeat.mapVersion > this.#mapVersion ||
      this.#opensOrCloses(heartbeat)
    )
  }

  /** Takes what is later, member by member. */
  merge(heartbeat: Heartbeat): void {
    this.#minimumPv = Math.max(this.#minimumPv, heartbeat.minimumPv)
    if (heartbeat.mapVersion >= this.#mapVersion && heartbeat.foreignSinceMs !== undefined)
      this.#foreignSinceMs = Math.max(this.#foreignSinceMs ?? 0, heartbeat.foreignSinceMs)
    if (heartbeat.mapVersion > this.#mapVersion || this.#mapHash === null) {
      this.#mapVersion = heartbeat.mapVersion
      this.#mapHash = heartbeat.mapHash
    }
    if (heartbeat.next.offset < this.#nextOffset) return
    this.#nextOffset = heartbeat.next.offset
    this.#grants = heartbeat.grants ?? []
  }

  /** Positions start anew in a later incarnation, and grants with them. */
  enterIncarnation(): void {
    this.#nextOffset = 0n
    this.#grants = []
  }

  /** An older heartbeat would open again what was closed since. */
  #opensOrCloses({ next, grants: openings = [] }: Heartbeat): boolean {
    return next.offset > this.#nextOffset && idsOf(openings) !== idsOf(this.#grants)
  }
}

function idsOf(grants: readonly BreakGlassGrant[]): string {
  return JSON.stringify(grants.map(({ tenant, id }) => [tenant, id]))
}
