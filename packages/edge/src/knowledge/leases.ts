import {
  trustIn,
  type ClaimMap,
  type Clock,
  type PartitionView,
  type Trust,
} from '@freshet/protocol'

/**
 * Within which moments of both clocks a source is trusted in one partition: rule 16 solved for the
 * present, so that judging compares four numbers and allocates nothing.
 */
export interface Lease {
  readonly tenant: string
  readonly source: string
  monoFromMs: number
  monoUntilMs: number
  wallFromMs: number
  wallUntilMs: number
}

/** A lease that never holds. */
function deadLease(tenant: string, source: string): Lease {
  return {
    tenant,
    source,
    monoFromMs: Number.POSITIVE_INFINITY,
    monoUntilMs: Number.NEGATIVE_INFINITY,
    wallFromMs: Number.POSITIVE_INFINITY,
    wallUntilMs: Number.NEGATIVE_INFINITY,
  }
}

/** Returns whether a lease holds at this moment. */
export function holds(lease: Lease, wallMs: number, monoMs: number): boolean {
  return (
    monoMs <= lease.monoUntilMs &&
    wallMs <= lease.wallUntilMs &&
    wallMs >= lease.wallFromMs &&
    monoMs >= lease.monoFromMs
  )
}

/** The data that leases are computed from. */
export interface LeaseGround {
  view(partition: number): PartitionView | undefined
  readonly map: ClaimMap | undefined
}

/** The leases that prepared judgements read; every change of their data updates them. */
export class Leases {
  readonly #ground: LeaseGround
  readonly #toleranceMs: number
  readonly #max: number
  readonly #byPartition = new Map<number, Map<string, Lease>>()
  readonly #tenants = new Set<string>()
  #size = 0

  constructor(ground: LeaseGround, toleranceMs: number, max: number) {
    this.#ground = ground
    this.#toleranceMs = toleranceMs
    this.#max = max
  }

  /** The tenants whose tokens were judged, as far as their leases have room. */
  get tenants(): ReadonlySet<string> {
    return this.#tenants
  }

  /** The lease of a feed in a partition; beyond the limit one that never holds. */
  of(tenant: string, source: string, partition: number): Lease {
    const known = this.#byPartition.get(partition) ?? new Map<string, Lease>()
    this.#byPartition.set(partition, known)
    const key = JSON.stringify([tenant, source])
    const held = known.get(key)
    if (held !== undefined) return held
    const lease = deadLease(tenant, source)
    if (this.#size >= this.#max) return lease
    known.set(key, lease)
    this.#tenants.add(tenant)
    this.#size += 1
    this.#renew(lease, partition)
    return lease
  }

  /** After a heartbeat counted, a phase changed or another map came into force. */
  refresh(partition: number): void {
    for (const lease of this.#byPartition.get(partition)?.values() ?? [])
      this.#renew(lease, partition)
  }

  /** The same answer for one moment, with its begin: the slow way, for verdicts that name a reason. */
  trust(feed: { tenant: string; source: string }, partition: number, clock: Clock): Trust {
    const view = this.#ground.view(partition)
    const leaseMs = this.#ground.map?.leasesMs.get(feed.source)
    if (view === undefined) return { fresh: false }
    return trustIn(view, feed, {
      wallMs: clock.nowMs(),
      monoMs: clock.monotonicMs(),
      leaseMs: leaseMs ?? -1,
      toleranceMs: this.#toleranceMs,
    })
  }

  #renew(lease: Lease, partition: number): void {
    const { tenant, source } = lease
    const view = this.#ground.view(partition)
    const leaseMs = this.#ground.map?.leasesMs.get(source)
    const heartbeat = view?.live === true ? view.source(tenant, source) : undefined
    if (heartbeat?.atMs === undefined || heartbeat.atMs === null || leaseMs === undefined) {
      Object.assign(lease, deadLease(tenant, source))
      return
    }
    lease.monoFromMs = heartbeat.receivedAtMonoMs
    lease.monoUntilMs = heartbeat.receivedAtMonoMs + leaseMs
    lease.wallFromMs = heartbeat.atMs - this.#toleranceMs
    lease.wallUntilMs = heartbeat.atMs + leaseMs
  }
}
