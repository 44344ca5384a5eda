import type { Cause, ErrorCode, QuarantineEntry } from '@freshet/protocol'
import { claimedSourceOf, originalOf, quarantinedIdOf, type LogRecord } from '@freshet/wire'

/** The stored facts of a quarantined record, beside its bytes in the quarantine topic. */
export interface QuarantinedEntry {
  /** See `quarantinedIdOf`: the same content is one record, however often it arrived. */
  readonly id: string
  /** The place where it was found. */
  readonly topic: string
  /** First and newest offset in the batch that held it. */
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly arrivals: number
  /** Broker's time of the first and the newest arrival. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  readonly code: ErrorCode
  readonly rule: string
  /** The change and its source, if they are proven. */
  readonly cause: Cause | null
  /** The source that it names, if no source is proven. */
  readonly claimedSource: string | null
  /** Size of key, value and headers. */
  readonly bytes: number
}

/**
 * Returns one entry for each content that a batch quarantines; the newest of several arrivals gives the
 * reason. They are in the order of their names, the order in which several of them are locked.
 */
export function quarantinedEntries(
  quarantine: readonly QuarantineEntry[],
  records: readonly LogRecord[],
): readonly QuarantinedEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const entries = new Map<string, QuarantinedEntry>()
  for (const entry of quarantine) {
    const record = byOffset.get(entry.offset)
    if (record === undefined) continue
    const parked = quarantinedEntry(record, entry)
    const before = entries.get(parked.id)
    entries.set(parked.id, before ? joined(before, parked) : parked)
  }
  return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function quarantinedEntry(
  record: LogRecord,
  { code, rule, cause }: QuarantineEntry,
): QuarantinedEntry {
  const { topic, offset, appendedAtMs } = record
  return {
    id: quarantinedIdOf(record),
    topic,
    firstOffset: offset,
    lastOffset: offset,
    arrivals: 1,
    firstAtMs: appendedAtMs,
    lastAtMs: appendedAtMs,
    code,
    rule,
    cause,
    claimedSource: cause === null ? (claimedSourceOf(record) ?? null) : null,
    bytes: sizeOf(record),
  }
}

function joined(before: QuarantinedEntry, now: QuarantinedEntry): QuarantinedEntry {
  const { firstOffset, firstAtMs } = before
  return { ...now, firstOffset, firstAtMs, arrivals: before.arrivals + 1 }
}

function sizeOf(record: LogRecord): number {
  const { key, value, headers } = originalOf(record)
  const parts = Object.entries(headers).map(([name, bytes]) => name.length + bytes.length)
  return parts.reduce((sum, size) => sum + size, (key?.length ?? 0) + (value?.length ?? 0))
}
