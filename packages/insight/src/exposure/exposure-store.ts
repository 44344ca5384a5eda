import type { UsedClaim } from '@freshet/registry'
import type { EdgeClock } from '@freshet/wire'
import type { LoggedChange } from '../changes/logged-change.ts'

/** An edge's stale allows of a route for one change. */
export interface EdgeExposure {
  readonly edge: string
  readonly route: string
  readonly requests: number
  /** The time by the broker's clock, as the edge estimates it. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** The error of that estimate; `null` if the edge has none. */
  readonly errorMs: number | null
}

/** The stale allows of a route at an edge for one change, of any tenant. */
export interface ExposedChange extends Pick<
  EdgeExposure,
  'edge' | 'route' | 'requests' | 'lastAtMs'
> {
  readonly tenant: string
  readonly change: string
}

/** Requests that were not known of before, by the class of the change. */
export interface NewExposure {
  /** The class that the change is measured in; `null` where it is unknown, or has none. */
  readonly class: string | null
  readonly requests: number
}

/** One start of an edge: each start has a name of its own. */
export interface EdgeStart {
  readonly edge: string
  readonly start: string
  /** Broker's times of the first and the latest report. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** The clock in the latest report. */
  readonly clock: EdgeClock | null
}

/** Claims used by a route over some days. */
export interface UsedSince extends UsedClaim {
  /** The first of these days on which it was counted, as days since 1970 in UTC. */
  readonly sinceDay: number
}

/** Which uses are asked for, and kept. */
export interface UseDays {
  /** The day, as days since 1970 in UTC. */
  readonly fromDay: number
}

/** The store of the edges' measurements of their requests. */
export interface ExposureStore {
  /** All reported exposures of a change. At most 1,000. */
  exposed(
    change: Pick<LoggedChange, 'tenant' | 'id' | 'partition' | 'occurredAtMs'>,
  ): Promise<readonly EdgeExposure[]>
  /** The exposures that were reported since with the most requests, the worst first. At most `limit`. */
  worstExposed(sinceMs: number, limit: number): Promise<readonly ExposedChange[]>
  /** Starts of edges that reported since, the latest first. At most 20,000. */
  starts(sinceMs: number): Promise<readonly EdgeStart[]>
  /** The uses of claims on these days, summed up. At most 10,000. */
  uses(days: UseDays): Promise<readonly UsedSince[]>
  /** Removes exposures that were reported before a time. */
  forgetExposed(beforeMs: number): Promise<void>
  /** Forgets uses of the days before. */
  forgetUses(days: UseDays): Promise<void>
}
