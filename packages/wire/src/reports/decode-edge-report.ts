import { invariant } from '@freshet/protocol'
import {
  edgeReportSchema,
  reportRestSchema,
  type WireEdgePartition,
  type WireExposure,
  type WireReportRest,
  type WireUnverified,
} from './edge-report-schema.ts'
import type { EdgeClock, EdgePartition, EdgeReport, Exposure } from './edge-report.ts'
import type { UnverifiedSources } from './unverified-sources.ts'
import { EVENT_TYPES } from '../log/event-types.ts'
import type { LogRecord } from '../log/log.ts'
import { readPlainPartitions } from './plain-edge-report.ts'
import { isOfType, parseOwnJson } from '../log/record-bytes.ts'
import { parseRfc3339 } from '../json/rfc3339.ts'

/** Reads a report. Returns `undefined` if it is none. Reports are statements of the edge, not proofs. */
export function decodeEdgeReport(
  record: Pick<LogRecord, 'headers' | 'value'>,
): EdgeReport | undefined {
  const { headers, value } = record
  if (value === null || !isOfType(headers, EVENT_TYPES.edgeReport)) return undefined
  return decodePlain(value) ?? decodeAny(value)
}

/**
 * Thousands of reports arrive together, and a report is nearly all partitions. Those are read without JSON in
 * between.
 */
function decodePlain(value: Uint8Array): EdgeReport | undefined {
  const plain = readPlainPartitions(value)
  if (plain === undefined) return undefined
  const { data } = reportRestSchema.safeParse(parseOwnJson(plain.rest))
  // Thousands of reports come each second, and spreading objects takes as long as all of the reading.
  return data && Object.assign(plain.head, data, converted(data))
}

function decodeAny(value: Uint8Array): EdgeReport | undefined {
  const { data } = edgeReportSchema.safeParse(parseOwnJson(value))
  if (!data) return undefined
  const { at, partitions, clock: _clock, exposed: _exposed, unverified: _, ...same } = data
  const own = { atMs: timeOf(at), partitions: partitions.map(partitionOf) }
  return { ...same, ...own, ...converted(data) }
}

/** Returns the members that have another form in memory than on the wire. */
function converted({
  clock,
  exposed,
  unverified,
}: WireReportRest): Pick<EdgeReport, 'clock' | 'exposed' | 'unverified'> {
  return {
    ...(unverified === undefined ? {} : { unverified: unverifiedOf(unverified) }),
    ...(clock === undefined ? {} : { clock: clockOf(clock) }),
    ...(exposed === undefined ? {} : { exposed: exposed.map(exposureOf) }),
  }
}

function unverifiedOf({ outOfView, sources, more = 0 }: WireUnverified): UnverifiedSources {
  return {
    isOutOfView: outOfView === true,
    sources: sources.map(({ since, ...of }) => ({
      ...of,
      ...(since === undefined ? {} : { sinceMs: timeOf(since) }),
    })),
    more,
  }
}

function clockOf({ offset, error }: NonNullable<WireReportRest['clock']>): EdgeClock {
  return { offsetMs: millis(offset), errorMs: error === null ? null : millis(error) }
}

/** Rounds to the microsecond: finer digits come from the notation, not from the clock. */
function millis(seconds: number): number {
  return Math.round(seconds * 1_000_000) / 1000
}

function exposureOf({ offset, commitAt, firstAt, lastAt, ...same }: WireExposure): Exposure {
  return {
    ...same,
    offset: BigInt(offset),
    commitAtMs: timeOf(commitAt),
    firstAtMs: timeOf(firstAt),
    lastAtMs: timeOf(lastAt),
  }
}

function partitionOf(wire: WireEdgePartition): EdgePartition {
  const { partition, e, applied, viewAge, applies } = wire
  return {
    partition,
    ...(e === undefined ? {} : { e: BigInt(e) }),
    applied: BigInt(applied),
    viewAgeMs: viewAge === null ? null : Math.round(viewAge * 1000),
    applies: applies.map(({ upTo, appendedAt, appliedAt, allowsSince }) => ({
      upTo: BigInt(upTo),
      appendedAtMs: timeOf(appendedAt),
      appliedAtMs: timeOf(appliedAt),
      ...(allowsSince === undefined ? {} : { allowsSinceMs: timeOf(allowsSince) }),
    })),
  }
}

function timeOf(text: string): number {
  const timeMs = parseRfc3339(text)
  invariant(timeMs !== undefined, 'the schema let a time through that is none')
  return timeMs
}
