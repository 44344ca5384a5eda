import type { DeniedCounts } from '@freshet/protocol/slo'
import {
  APPLIES_MAX,
  type claimUseSchema,
  type EDGE_STATES,
  type observedRouteSchema,
  type refusedRouteSchema,
  type WireEdgePartition,
  type WireEdgeReport,
  type WireExposure,
} from './edge-report-schema.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { OutgoingRecord } from '../log/log.ts'
import { bytesOf, cloudEventHeaders } from '../log/record-bytes.ts'
import { formatRfc3339 } from '../json/rfc3339.ts'
import type { Wire } from '../json/wire-types.ts'
import { wireUnverified, type UnverifiedSources } from './unverified-sources.ts'

/** The state that an edge reports about itself. */
export interface EdgeReport {
  readonly edge: string
  readonly audience: string
  /** Version of the build. */
  readonly version: string
  /** Time of the report by the edge's wall clock. */
  readonly atMs: number
  readonly state: (typeof EDGE_STATES)[number]
  readonly partitions: readonly EdgePartition[]
  /** Answers since the last report. */
  readonly decisions: { readonly allow: number; readonly deny: number; readonly challenge: number }
  /** The denials among them by reason; absent if there are none, and from edges of earlier releases. */
  readonly denied?: DeniedCounts
  /** The sources that it cannot vouch for; absent from edges of earlier releases. */
  readonly unverified?: UnverifiedSources
  /** The requests since then that routes refused because a claim was unverified; absent if there are none. */
  readonly refused?: readonly RefusedRoute[]
  /**
   * Requests since then that observed routes allowed and would have refused, by code; absent if there are
   * none.
   */
  readonly observed?: Readonly<Record<string, number>>
  /** The requests since then on each observed route; absent if there are none, and from edges of earlier releases. */
  readonly observedRoutes?: readonly ObservedRoute[]
  /** Requests since then that a break-glass grant allowed; absent if there are none. */
  readonly opened?: number
  /** Name of this start of the edge; the next start has another name. */
  readonly start?: string
  /** Number of the report within its start, from 0; it also counts the reports that were not sent. */
  readonly n?: number
  /** The edge's estimate of the broker's clock; absent before there is an estimate. */
  readonly clock?: EdgeClock
  /** Allows that were not kept long enough, and exposures that were discarded, since the last report. */
  readonly allows?: { readonly evictions: number; readonly dropped: number }
  /**
   * At most {@link EXPOSED_MAX}; absent if there are none. The edge sends them again until they are
   * acknowledged.
   */
  readonly exposed?: readonly Exposure[]
  /** At most {@link USED_MAX}; absent if there are none. */
  readonly used?: readonly ClaimUse[]
  /** The client of the registry that signs the report; absent if the report has no signature. */
  readonly client?: string
}

/** A report that has its start and its number. Only the order of such reports is known. */
export type NumberedReport = EdgeReport & Required<Pick<EdgeReport, 'start' | 'n'>>

/** Returns whether a report has its start and its number. */
export function isNumbered(report: EdgeReport): report is NumberedReport {
  return report.start !== undefined && report.n !== undefined
}

/** The time by which the broker's clock is ahead of an edge's wall clock. */
export interface EdgeClock {
  readonly offsetMs: number
  /** Half the interval that contains the offset; `null` while only one end of it is known. */
  readonly errorMs: number | null
}

/**
 * Requests that a route allowed with tokens that a change made stale. They came after the commit of the
 * change at its source and before its apply at the edge. An exposure names no person.
 */
export interface Exposure {
  readonly tenant: string
  /** The place of the revocation in its topic. */
  readonly partition: number
  readonly offset: bigint
  /** Id of the change at its source. */
  readonly change: string
  /** Commit time by the source's clock. */
  readonly commitAtMs: number
  readonly route: string
  readonly requests: number
  /** The first and the last of them, by the broker's clock as the edge estimates it. */
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/**
 * The decisions of a route that judged a claim, and those for which the route named required values. The last
 * two members sum up how many values the route named and how many the tokens had.
 */
export type ClaimUse = Wire<typeof claimUseSchema>

/** Requests that a route refused because these claims of their tokens were unverified. */
export type RefusedRoute = Wire<typeof refusedRouteSchema>

/**
 * The requests with a verified token on an observed route. `gone` of them used a claim after a change had taken
 * something of it away. `undated` of these are by a change whose time the edge does not know, or lie within the
 * margin of their issuer. `oldest` is the greatest age of the change at a request, in seconds, of the others.
 */
export type ObservedRoute = Wire<typeof observedRouteSchema>

/** The progress of an edge in one partition of the revocation topic. */
export interface EdgePartition {
  readonly partition: number
  readonly e?: bigint
  /** Next offset of the revocation topic. */
  readonly applied: bigint
  /** Age of the last heartbeat that counted; `null` before the first. */
  readonly viewAgeMs: number | null
  /** The batches that were applied since the last report, the newest {@link APPLIES_MAX} of them. */
  readonly applies: readonly EdgeApply[]
}

/** The edge applied everything below `upTo` at this time. */
export interface EdgeApply {
  readonly upTo: bigint
  /** Append time by the broker's clock. */
  readonly appendedAtMs: number
  /** Append time plus the edge's own measured receipt delay. */
  readonly appliedAtMs: number
  /**
   * The start of the time for which the allows are complete that were compared with this apply. It is by the
   * edge's estimate of the broker's clock, and absent if the allows were not counted.
   */
  readonly allowsSinceMs?: number
}

/** Encodes a report as a record, keyed by the edge; older applies beyond the limit are left out. */
export function encodeEdgeReport(report: EdgeReport): OutgoingRecord {
  const { edge, atMs, partitions, observedRoutes } = report
  const at = formatRfc3339(atMs)
  const { audience, version, state, decisions, observed, opened, start, n } = report
  const { denied, unverified, refused, clock, allows, exposed, used, client } = report
  const wire: WireEdgeReport = {
    edge,
    audience,
    version,
    at,
    state,
    partitions: partitions.map(wirePartition),
    decisions,
    ...(denied === undefined ? {} : { denied }),
    ...(unverified === undefined ? {} : { unverified: wireUnverified(unverified) }),
    ...(refused === undefined ? {} : { refused }),
    ...(observed === undefined ? {} : { observed }),
    ...(observedRoutes === undefined ? {} : { observedRoutes }),
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
