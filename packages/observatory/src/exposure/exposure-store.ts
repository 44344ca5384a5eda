import type { UsedClaim } from '@freshet/domain/usage'
import type { EdgeClock } from '@freshet/events'
import type { LoggedChange } from '../observatory-store.ts'

/** What an edge let in of a route after a change was committed and before it applied it. */
export interface EdgeExposure {
  readonly edge: string
  readonly route: string
  readonly requests: number
  /** By the broker's clock, as the edge estimates it. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Of that estimate; `null` where the edge could not tell. */
  readonly errorMs: number | null
}

/** Requests that were not known of before, by the class of the change. */
export interface NewExposure {
  /** The class that the change is measured in; `null` where it is unknown, or has none. */
  readonly class: string | null
  readonly requests: number
}

/** One start of an edge: whoever starts again has another name. */
export interface EdgeStart {
  readonly edge: string
  readonly start: string
  /** Broker's times of the first and the latest report. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** As the latest report told it. */
  readonly clock: EdgeClock | null
}

/** Claims used by a route over some days. */
export interface UsedSince extends UsedClaim {
  /** The first of these days on which it was counted, as days since 1970 in UTC. */
  readonly sinceDay: number
}

/** Which uses are asked for, and kept. */
export interface UseDays {
  /** As days since 1970 in UTC. */
  readonly fromDay: number
}

/** Where is read what edges measured of the requests that they decided. */
export interface ExposureStore {
  /** All that edges told of a change. At most 1,000. */
  exposed(
    change: Pick<LoggedChange, 'tenant' | 'id' | 'partition' | 'occurredAtMs'>,
  ): Promise<readonly EdgeExposure[]>
  /** Starts of edges that reported since, the latest first. At most 20,000. */
  starts(sinceMs: number): Promise<readonly EdgeStart[]>
  /** What routes used on these days, summed up. At most 10,000. */
  uses(days: UseDays): Promise<readonly UsedSince[]>
  /** Forgets exposures that were told before a time. */
  forgetExposed(beforeMs: number): Promise<void>
  /** Forgets uses of the days before. */
  forgetUses(days: UseDays): Promise<void>
}
