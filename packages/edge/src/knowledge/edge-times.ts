import {
  scopeKey,
  type AppliedRevocation,
  type ClaimMap,
  type KnownTimes,
  type PartitionView,
  type Scope,
} from '@freshet/protocol'
import type { Seed } from '../system.ts'
import { WatermarkTable } from './watermark-table.ts'

/** The data that decides whether times are known in a partition. */
export interface TimesGround {
  view(partition: number): PartitionView | undefined
  readonly map: ClaimMap | undefined
}

/**
 * Times of changes by scope, for tokens without a label. A table of its own, so that where no issuer of
 * such tokens is declared, which is where revocations carry no time, it holds nothing; and where it is
 * full, only such tokens of the tenant that found no room are unverified.
 */
export class EdgeTimes implements KnownTimes {
  readonly #table: WatermarkTable
  readonly #ground: TimesGround

  constructor(seed: Seed, max: number, ground: TimesGround) {
    this.#table = new WatermarkTable(seed, max)
    this.#ground = ground
  }

  get size(): number {
    return this.#table.size
  }

  latest(scope: Scope): { readonly timeMs: number; readonly change?: string } | undefined {
    const row = this.#table.findKey(scopeKey(scope))
    if (row < 0) return undefined
    const { offset: timeMs, change } = this.#table.read(row)
    return change === undefined ? { timeMs } : { timeMs, change }
  }

  /** Not where the partition has not come to the version whose issuers are accepted. */
  sinceMs(partition: number, tenant: string): number | undefined {
    const { map } = this.#ground
    const view = this.#ground.view(partition)
    const isAtMap = map !== undefined && view?.mapVersion === map.version
    return isAtMap && !this.#table.lacks(tenant) ? view.foreignSinceMs : undefined
  }

  /**
   * Merges the times of a revocation by max. Returns whether something changed. `nowS` is monotonic seconds.
   */
  raise(revocation: AppliedRevocation, partition: number, nowS: number): boolean {
    let changed = false
    for (const [scope, timeMs] of timesIn(revocation)) {
      const { change, tenant } = revocation
      const raised = { tenant, key: scopeKey(scope), partition, e: 0, offset: timeMs, change }
      if (this.#table.raise(raised, nowS)) changed = true
    }
    return changed
  }

  prune(beforeS: number, count: number): void {
    this.#table.prune(beforeS, count)
  }

  forget(partition: number): void {
    this.#table.forget(partition)
  }
}

function timesIn(revocation: AppliedRevocation): readonly (readonly [Scope, number])[] {
  if (revocation.scope === 'denial') return []
  if (revocation.scope === 'subject') {
    const { subject, timesMs } = revocation
    if (timesMs === undefined) return []
    return [...timesMs].map(([claim, timeMs]) => [{ kind: 'subject', subject, claim }, timeMs])
  }
  const { timeMs } = revocation
  return timeMs === undefined ? [] : [[scopeOf(revocation), timeMs]]
}

function scopeOf(
  revocation: Exclude<AppliedRevocation, { readonly scope: 'subject' | 'denial' }>,
): Scope {
  const { tenant } = revocation
  switch (revocation.scope) {
    case 'account':
      return { kind: 'account', subject: revocation.subject }
    case 'value':
      return { kind: 'value', tenant, claim: revocation.claim, value: revocation.value }
    case 'tenant':
      return { kind: 'tenant', tenant: revocation.target }
    case 'client':
      return { kind: 'client', tenant, client: revocation.target }
  }
}
