import {
  APPLIES_MAX,
  type WireEdgePartition,
  type WireEdgeReport,
  type WireExposure,
} from './edge-report-schema.ts'
import { EVENT_TYPES } from './event-types.ts'
import type { OutgoingRecord } from './log.ts'
import { bytesOf, cloudEventHeaders } from './record-bytes.ts'
import { formatRfc3339 } from './rfc3339.ts'

/** The state that an edge reports about itself. */
export interface EdgeReport {
  readonly edge: string
  readonly audience: string
  /** Version of the build. */
  readonly version: string
  /** By the edge's wall clock. */
  readonly atMs: number
  readonly state: 'starting' | 'live' | 'lagging' | 'unverified' | 'closing'
  readonly partitions: readonly EdgePartition[]
  /** Answers since the last report. */
  readonly decisions: { readonly allow: number; readonly deny: number; readonly challenge: number }
  /** What observed routes let in since then and would not have, by code; absent where it is nothing. */
  readonly observed?: Readonly<Record<string, number>>
  /** What went on by an opening since then (break-glass); absent where it is nothing. */
  readonly opened?: number
  /** Names this start of the edge; the next start has another name. */
  readonly start?: string
  /** Number of the report within its start, from 0 on; those that were not sent count too. */
  readonly n?: number
  /** The clock of the broker as this edge estimates it; absent before there is an estimate. */
  readonly clock?: EdgeClock
  /** Allows that were not kept long enough, and exposures that were given up, since the last report. */
  readonly allows?: { readonly evictions: number; readonly dropped: number }
  /** At most {@link EXPOSED_MAX}; absent where it is nothing. Told again until it is acknowledged. */
  readonly exposed?: readonly Exposure[]
  /** At most {@link USED_MAX}; absent where it is nothing. */
  readonly used?: readonly ClaimUse[]
  /** The client of the registry that signs the report; absent where nobody signs it. */
  readonly client?: string
}

/** A report that names its start and its number in it: only of such it is known whether it came before. */
export type NumberedReport = EdgeReport & Required<Pick<EdgeReport, 'start' | 'n'>>

/** Whether a report names its start and its number. */
export function isNumbered(report: EdgeReport): report is NumberedReport {
  return report.start !== undefined && report.n !== undefined
}

/** How far the broker's clock is ahead of an edge's wall clock. */
export interface EdgeClock {
  readonly offsetMs: number
  /** Half the interval in which the offset lies; `null` while only one end of it is known. */
  readonly errorMs: number | null
}

/**
 * Requests that a route let in after a change was committed at its source and before the edge applied
 * it, with tokens that this change made stale. Nobody is named by it.
 */
export interface Exposure {
  readonly tenant: string
  /** Where the revocation stands in its topic. */
  readonly partition: number
  readonly offset: bigint
  /** Id of the change at its source. */
  readonly change: string
  /** By the source's clock. */
  readonly commitAtMs: number
  readonly route: string
  readonly requests: number
  /** The first and the last of them, by the broker's clock as the edge estimates it. */
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/**
 * In how many decisions of a route a claim was judged, and in how many of these the route named the
 * values that it needs: how many it named and how many the tokens carried, each summed up.
 */
export interface ClaimUse {
  readonly audience: string
  readonly route: string
  readonly claim: string
  readonly decisions: number
  readonly required: number
  readonly needed: number
  readonly carried: number
}

/** How far an edge is in one partition of the revocation topic. */
export interface EdgePartition {
  readonly partition: number
  readonly e?: bigint
  /** Next offset of the revocation topic. */
  readonly applied: bigint
  /** Age of the last heartbeat that counted; `null` before the first. */
  readonly viewAgeMs: number | null
  /** What was applied since the last report, the newest {@link APPLIES_MAX} of it. */
  readonly applies: readonly EdgeApply[]
}

/** Everything below `upTo` was applied at this time. */
export interface EdgeApply {
  readonly upTo: bigint
  /** By the broker's clock. */
  readonly appendedAtMs: number
  /** Append time plus the edge's own measured receipt delay. */
  readonly appliedAtMs: number
  /**
   * The allows that this apply was held against are complete from then on, by the broker's clock as
   * the edge estimates it; absent where they were not counted.
   */
  readonly allowsSinceMs?: number
}

/** A report as a record, keyed by the edge; older applies beyond the limit are left out. */
export function encodeEdgeReport(report: EdgeReport): OutgoingRecord {
  const { edge, atMs, partitions } = report
  const at = formatRfc3339(atMs)
  const { audience, version, state, decisions, observed, opened, start, n } = report
  const { clock, allows, exposed, used, client } = report
  const wire: WireEdgeReport = {
    edge,
    audience,
    version,
    at,
    state,
    partitions: partitions.map(wirePartition),
    decisions,
    ...(observed === undefined ? {} : { observed }),
    ...(opened === undefined ? {} : { opened }),
    ...(start === undefined ? {} : { start }),
    ...(n === undefined ? {} : { n }),
    ...(clock === undefined ? {} : { clock: wireClock(clock) }),
    ...(allows === undefined ? {} : { allows }),
    ...(exposed === undefined ? {} : { exposed: exposed.map(wireExposure) }),
    ...(used === undefined ? {} : { used }),
    ...(client === undefined ? {} : { client }),
  }
  const attributes = { id: `${edge}:${at}`, source: edge, type: EVENT_TYPES.edgeReport, time: at }
  return {
    key: bytesOf(edge),
    value: bytesOf(JSON.stringify(wire)),
    headers: cloudEventHeaders(attributes),
  }
}

function wirePartition({
  partition,
  e,
  applied,
  viewAgeMs,
  applies,
}: EdgePartition): WireEdgePartition {
  return {
    partition,
    ...(e === undefined ? {} : { e: e.toString() }),
    applied: applied.toString(),
    viewAge: viewAgeMs === null ? null : viewAgeMs / 1000,
    applies: applies.slice(-APPLIES_MAX).map(({ upTo, appendedAtMs, appliedAtMs, ...apply }) => ({
      upTo: upTo.toString(),
      appendedAt: formatRfc3339(appendedAtMs),
      appliedAt: formatRfc3339(appliedAtMs),
      ...(apply.allowsSinceMs === undefined
        ? {}
        : { allowsSince: formatRfc3339(apply.allowsSinceMs) }),
    })),
  }
}

function wireClock({ offsetMs, errorMs }: EdgeClock): NonNullable<WireEdgeReport['clock']> {
  return { offset: offsetMs / 1000, error: errorMs === null ? null : errorMs / 1000 }
}

function wireExposure({
  offset,
  commitAtMs,
  firstAtMs,
  lastAtMs,
  ...same
}: Exposure): WireExposure {
  return {
    ...same,
    offset: offset.toString(),
    commitAt: formatRfc3339(commitAtMs),
    firstAt: formatRfc3339(firstAtMs),
    lastAt: formatRfc3339(lastAtMs),
  }
}
