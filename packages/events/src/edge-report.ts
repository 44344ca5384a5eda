import { notBuilt } from './not-built.ts'
import type { LogRecord, OutgoingRecord } from './log.ts'

/** What an edge tells of itself. */
export interface EdgeReport {
  readonly edge: string
  readonly audience: string
  /** Version of the build. */
  readonly version: string
  readonly atMs: number
  readonly state: 'starting' | 'live' | 'lagging' | 'unverified' | 'closing'
  readonly partitions: readonly EdgePartition[]
  readonly decisions: { readonly allow: number; readonly deny: number; readonly challenge: number }
}

export interface EdgePartition {
  readonly partition: number
  readonly e?: bigint
  /** Next offset of the revocation topic. */
  readonly applied: bigint
  readonly viewAgeMs: number | null
  /** What was applied since the last report, at most {@link APPLIES_MAX}. */
  readonly applies: readonly EdgeApply[]
}

export interface EdgeApply {
  readonly upTo: bigint
  readonly appendedAtMs: number
  readonly appliedAtMs: number
}

/** Applies that one report may list for one partition. */
export const APPLIES_MAX = 100

export function encodeEdgeReport(report: EdgeReport): OutgoingRecord {
  return notBuilt(report)
}

export function decodeEdgeReport(
  record: Pick<LogRecord, 'headers' | 'value'>,
): EdgeReport | undefined {
  return notBuilt(record)
}
