import type { ClaimMap } from '../claims/claim-map.ts'
import type { Position } from '../position/position.ts'
import type { Denial, Scope } from '../scope/scope.ts'

/** A watermark with the change that raised it. */
export interface Watermark {
  readonly position: Position
  readonly change?: string
}

/** The answer to whether a source's silence in a partition still counts as “nothing changed” (rule 16). */
export type Trust = { readonly fresh: true } | { readonly fresh: false; readonly sinceMs?: number }

/** An edge's or the authority's knowledge about revocations. */
export interface Knowledge {
  /** The claim map in force; `undefined` means that nothing can be verified (rule 21). */
  readonly map: ClaimMap | undefined
  /** Tokens of a lower policy version are stale. */
  readonly minimumPv: number
  /** The incarnation of a partition; `undefined` before any heartbeat of it was trusted. */
  incarnation(partition: number): bigint | undefined
  watermark(scope: Scope): Watermark | undefined
  denial(denial: Denial): { readonly change?: string } | undefined
  trust(tenant: string, source: string, partition: number): Trust
  /** The knowledge for tokens without a label; absent: none of them can be fresh. */
  readonly times?: KnownTimes
}

/** The known times of changes. */
export interface KnownTimes {
  /** Time of the latest change in a scope. */
  latest(scope: Scope): { readonly timeMs: number; readonly change?: string } | undefined
  /**
   * Since when the times of all changes of a partition that can concern a foreign token of the tenant
   * are known: older tokens are stale. `undefined`: it is not known, or not by the claim map in force.
   */
  sinceMs(partition: number, tenant: string): number | undefined
}
