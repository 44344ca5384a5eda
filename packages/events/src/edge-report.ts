import { invariant } from '@freshet/domain'
import {
  APPLIES_MAX,
  edgeReportSchema,
  type WireEdgePartition,
  type WireEdgeReport,
} from './edge-report-schema.ts'
import { EVENT_TYPES } from './event-types.ts'
import type { LogRecord, OutgoingRecord } from './log.ts'
import { bytesOf, cloudEventHeaders, headerText, parseOwnJson } from './record-bytes.ts'
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts'

/** What an edge tells of itself. */
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
}

/** A report as a record, keyed by the edge; older applies beyond the limit are left out. */
export function encodeEdgeReport(report: EdgeReport): OutgoingRecord {
  const { edge, atMs, partitions } = report
  const at = formatRfc3339(atMs)
  const { audience, version, state, decisions, observed, opened } = report
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
    applies: applies.slice(-APPLIES_MAX).map(({ upTo, appendedAtMs, appliedAtMs }) => ({
      upTo: upTo.toString(),
      appendedAt: formatRfc3339(appendedAtMs),
      appliedAt: formatRfc3339(appliedAtMs),
    })),
  }
}

/** Reads a report; `undefined` where it is none. Reports are claims of the edge, not proofs. */
export function decodeEdgeReport(
  record: Pick<LogRecord, 'headers' | 'value'>,
): EdgeReport | undefined {
  if (headerText(record.headers, 'ce_type') !== EVENT_TYPES.edgeReport) return undefined
  const { data } = edgeReportSchema.safeParse(parseOwnJson(record.value))
  if (!data) return undefined
  const { at, partitions, ...same } = data
  return { ...same, atMs: timeOf(at), partitions: partitions.map(partitionOf) }
}

function partitionOf(wire: WireEdgePartition): EdgePartition {
  const { partition, e, applied, viewAge, applies } = wire
  return {
    partition,
    ...(e === undefined ? {} : { e: BigInt(e) }),
    applied: BigInt(applied),
    viewAgeMs: viewAge === null ? null : Math.round(viewAge * 1000),
    applies: applies.map(({ upTo, appendedAt, appliedAt }) => ({
      upTo: BigInt(upTo),
      appendedAtMs: timeOf(appendedAt),
      appliedAtMs: timeOf(appliedAt),
    })),
  }
}

function timeOf(text: string): number {
  const timeMs = parseRfc3339(text)
  invariant(timeMs !== undefined, 'the schema let a time through that is none')
  return timeMs
}
