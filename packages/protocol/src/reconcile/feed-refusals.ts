import type { ErrorCode } from '../errors/error-codes.ts'
import type { QuarantineEntry } from './batch/batch-decision.ts'

/** Most refused records that are kept of a feed in a partition; older ones are only counted. */
export const REFUSED_KEPT_MAX = 20

/** A record of a source that was not taken as it was sent. */
export interface RefusedRecord {
  /** Id of the event, or a name for its place where it has none. */
  readonly id: string
  readonly code: ErrorCode
  /** Which rule it breaks; never repeats a value of it. */
  readonly rule: string
  readonly offset: bigint
}

/** The records of one feed that a batch refused. */
export interface FeedRefusals {
  readonly tenant: string
  readonly source: string
  readonly count: number
  /** Newest first, at most {@link REFUSED_KEPT_MAX}. */
  readonly latest: readonly RefusedRecord[]
}

/**
 * The refusals that sources can read about their records. A record without a proven sender, or with an
 * unreadable tenant, has no such source.
 */
export function feedRefusals(quarantine: readonly QuarantineEntry[]): readonly FeedRefusals[] {
  const feeds = new Map<string, FeedRefusals>()
  for (const { cause, code, rule, offset } of quarantine) {
    if (cause === null) continue
    const { tenant, source, change: id } = cause
    const key = JSON.stringify([tenant, source])
    const before = feeds.get(key) ?? { tenant, source, count: 0, latest: [] }
    const latest = [{ id, code, rule, offset }, ...before.latest].slice(0, REFUSED_KEPT_MAX)
    feeds.set(key, { ...before, count: before.count + 1, latest })
  }
  return [...feeds.values()]
}
