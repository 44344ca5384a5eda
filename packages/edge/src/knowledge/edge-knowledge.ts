import {
  CONTROL_PARTITION,
  denialKey,
  denialLifeMs,
  grantFor,
  PARTITIONS,
  scopeKey,
  type AppliedRevocation,
  type ClaimMap,
  type Clock,
  type Denial,
  type DenialTerms,
  type Knowledge,
  type MapAnnouncement,
  type BreakGlassGrant,
  type PartitionView,
  type Scope,
  type Trust,
  type Watermark,
} from '@freshet/protocol'
import { ClaimMaps } from './claim-maps.ts'
import { Denials } from './denials.ts'
import { EdgeTimes } from './edge-times.ts'
import { Leases } from './leases.ts'
import { WatermarkTable } from './watermark-table.ts'
import * as limits from '../limits.ts'
import type { Seed } from '../system.ts'

/** Options of one edge's knowledge. */
export interface KnowledgeOptions {
  readonly clock: Clock
  readonly seed: Seed
  readonly watermarksMax: number
  readonly denialsMax: number
  readonly tokenLifeMaxMs: number
}

/**
 * All that one edge knows of revocations, merged from every partition; the `Knowledge` that the
 * domain judges by. Everything applied only restricts, save `forget`.
 */
export class EdgeKnowledge implements Knowledge {
  readonly clock: Clock
  readonly table: WatermarkTable
  readonly denials: Denials
  readonly times: EdgeTimes
  readonly leases: Leases
  /** Incarnation by partition, -1 before the first: as numbers, for the fast judge. */
  readonly incarnations: Float64Array = new Float64Array(PARTITIONS.length).fill(-1)
  readonly #maps = new ClaimMaps(limits.CLAIM_MAPS_MAX)
  readonly #views = new Map<number, PartitionView>()
  readonly #retentionS: number
  readonly #denialTerms: DenialTerms
  #minimumPv = 0
  #unreadableAtS: number | undefined

  constructor({ clock, seed, watermarksMax, denialsMax, tokenLifeMaxMs }: KnowledgeOptions) {
    this.clock = clock
    this.table = new WatermarkTable(seed, watermarksMax)
    this.denials = new Denials({ endingMax: denialsMax, lastingMax: limits.LASTING_DENIALS_MAX })
    this.times = new EdgeTimes(seed, watermarksMax, this)
    const keptMs = tokenLifeMaxMs + limits.RETENTION_MARGIN_MS
    this.#retentionS = keptMs / 1_000
    this.#denialTerms = { keptMs, skewMs: limits.DENIAL_SKEW_MS }
    this.leases = new Leases(this, limits.CLOCK_TOLERANCE_MS, limits.LEASES_MAX)
  }

  get map(): ClaimMap | undefined {
    return this.#maps.current
  }

  get minimumPv(): number {
    return this.#minimumPv
  }

  /** The latest `through` of any source. The present is not before it, whatever a clock shows. */
  get lastHeartbeatMs(): number {
    return Math.max(0, ...[...this.#views.values()].map(({ lastHeartbeatMs }) => lastHeartbeatMs))
  }

  /** The grant that lets in what is unverified of a claim on a route, now (break-glass). */
  grant(
    query: Pick<BreakGlassGrant, 'tenant' | 'audience' | 'route' | 'claim'>,
  ): BreakGlassGrant | undefined {
    const maxMs = this.map?.grantMaxMs
    const openings = this.#views.get(CONTROL_PARTITION)?.grants ?? []
    if (maxMs === undefined || openings.length === 0) return undefined
    const nowMs = Math.max(this.clock.nowMs(), this.lastHeartbeatMs)
    return grantFor(openings, query, { nowMs, maxMs })
  }

  /** A record could not be held or read, so at least one tenant's tokens cannot be called fresh. */
  get isOverflowing(): boolean {
    const { table, denials } = this
    return this.#unreadableAtS !== undefined || table.lackingTenants + denials.lackingTenants > 0
  }

  /** Returns whether a record that can concern this tenant could not be held or read. */
  lacks(tenant: string): boolean {
    const isLost = this.table.lacks(tenant) || this.denials.lacks(tenant)
    return isLost || this.#unreadableAtS !== undefined
  }

  view(partition: number): PartitionView | undefined {
    return this.#views.get(partition)
  }

  incarnation(partition: number): bigint | undefined {
    const e = this.#views.get(partition)?.e
    return e === undefined || e === 0n ? undefined : e
  }

  watermark(scope: Scope): Watermark | undefined {
    const row = this.table.findKey(scopeKey(scope))
    if (row < 0) return undefined
    const { e, offset, change } = this.table.read(row)
    const position = { e: exactOrHuge(e), offset: exactOrHuge(offset) }
    return change === undefined ? { position } : { position, change }
  }

  denial(denial: Denial): { readonly change?: string } | undefined {
    const change = this.denials.get(denialKey(denial))
    return change === undefined ? undefined : { change }
  }

  trust(tenant: string, source: string, partition: number, clock: Clock = this.clock): Trust {
    const trust = this.leases.trust({ tenant, source }, partition, clock)
    return this.lacks(tenant) ? { fresh: false } : trust
  }

  /**
   * Takes note of a partition's view after something of it was believed. `isHeard`: a heartbeat
   * counted, or all was forgotten; without it leases stand as they are.
   */
  see(view: PartitionView, hasHeartbeat: boolean): void {
    const { partition } = view
    const e = view.e === 0n ? -1 : Number(view.e)
    const isOther = this.incarnations[partition] !== e
    this.#views.set(partition, view)
    this.incarnations[partition] = e
    this.#minimumPv = Math.max(this.#minimumPv, view.minimumPv)
    if (this.#maps.select(this.#views.values()))
      for (const each of PARTITIONS) this.leases.refresh(each)
    else if (hasHeartbeat || isOther) this.leases.refresh(partition)
  }

  /** Merges one checkpointed record. Returns whether anything changed. */
  apply(revocation: AppliedRevocation | MapAnnouncement | undefined, partition: number): boolean {
    const nowS = this.#nowS()
    if (revocation === undefined) {
      this.#unreadableAtS = nowS
      return true
    }
    if (revocation.scope === 'map') {
      this.#maps.hold(revocation)
      return true
    }
    if (revocation.scope === 'denial') {
      const { tenant, denial: kind, target: id, change } = revocation
      const lastsS = Math.ceil(denialLifeMs({ ...revocation, kind }, this.#denialTerms) / 1_000)
      return this.denials.add({ tenant, kind, id, change, lastsS }, nowS)
    }
    const isLater = this.times.raise(revocation, partition, nowS)
    return raiseWatermarks(this.table, revocation, partition, nowS) || isLater
  }

  /** Drops what no living token can be judged by (rule 25). */
  prune(): void {
    const nowS = this.#nowS()
    const beforeS = nowS - this.#retentionS
    this.table.prune(beforeS, limits.PRUNE_ROWS_PER_TICK)
    this.times.prune(beforeS, limits.PRUNE_ROWS_PER_TICK)
    this.denials.prune(nowS, limits.PRUNE_ROWS_PER_TICK)
    if (this.#unreadableAtS !== undefined && this.#unreadableAtS < beforeS)
      this.#unreadableAtS = undefined
  }

  /** Forgets all records of a partition after a checkpoint key was revoked; they are read again. */
  forget(partition: number): void {
    this.table.forget(partition)
    this.times.forget(partition)
    this.#minimumPv = Math.max(0, ...[...this.#views.values()].map((view) => view.minimumPv))
    if (partition !== 0) return
    this.denials.forget()
    this.#maps.forget()
  }

  #nowS(): number {
    return Math.floor(this.clock.monotonicMs() / 1_000)
  }
}

/** A position beyond exact numbers is held as infinite: it revokes everything in its scope. */
function exactOrHuge(value: number): bigint {
  return Number.isFinite(value) ? BigInt(value) : 2n ** 64n
}

/**
 * Raises every watermark of a revocation whose record is in this partition. Returns whether something
 * changed. `nowS` is monotonic seconds.
 */
function raiseWatermarks(
  table: WatermarkTable,
  revocation: Exclude<AppliedRevocation, { readonly scope: 'denial' }>,
  partition: number,
  nowS: number,
): boolean {
  const { change, tenant } = revocation
  const e = exact(revocation.e)
  const raise = (scope: Scope, offset: bigint): boolean => {
    const raised = { tenant, key: scopeKey(scope), partition, e, offset: exact(offset), change }
    return table.raise(raised, nowS)
  }
  switch (revocation.scope) {
    case 'subject': {
      const { subject, claims } = revocation
      let changed = false
      for (const [claim, { offset }] of claims)
        if (raise({ kind: 'subject', subject, claim }, offset)) changed = true
      return changed
    }
    case 'account':
      return raise({ kind: 'account', subject: revocation.subject }, revocation.offset)
    case 'value': {
      const { claim, value, offset } = revocation
      return raise({ kind: 'value', tenant, claim, value }, offset)
    }
    case 'tenant':
      return raise({ kind: 'tenant', tenant: revocation.target }, revocation.offset)
    case 'client': {
      const { target, offset } = revocation
      return raise({ kind: 'client', tenant, client: target }, offset)
    }
  }
}

/** Typed arrays hold doubles. A larger value is held as infinite, which can only over-revoke. */
function exact(value: bigint): number {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : Number.POSITIVE_INFINITY
}
