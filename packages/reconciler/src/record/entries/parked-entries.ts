import type { Cause, ErrorCode, QuarantineEntry } from '@freshet/protocol'
import { claimedSourceOf, originalOf, parkedIdOf, type LogRecord } from '@freshet/wire'

/** The stored facts of a quarantined record, beside its bytes in the quarantine topic. */
export interface ParkedEntry {
  /** See `parkedIdOf`: the same content is one record, however often it arrived. */
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
export function parkedEntries(
  quarantine: readonly QuarantineEntry[],
  records: readonly LogRecord[],
): readonly ParkedEntry[] {
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  const entries = new Map<string, ParkedEntry>()
  for (const entry of quarantine) {
    const record = byOffset.get(entry.offset)
    if (record === undefined) continue
    const parked = parkedEntry(record, entry)
    const before = entries.get(parked.id)
    entries.set(parked.id, before ? joined(before, parked) : parked)
  }
  return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function parkedEntry(record: LogRecord, { code, rule, cause }: QuarantineEntry): ParkedEntry {
  const { topic, offset, appendedAtMs } = record
  return {
    id: parkedIdOf(record),
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

function joined(before: ParkedEntry, now: ParkedEntry): ParkedEntry {
  const { firstOffset, firstAtMs } = before
  return { ...now, firstOffset, firstAtMs, arrivals: before.arrivals + 1 }
}

function sizeOf(record: LogRecord): number {
  const { key, value, headers } = originalOf(record)
  const parts = Object.entries(headers).map(([name, bytes]) => name.length + bytes.length)
  return parts.reduce((sum, size) => sum + size, (key?.length ?? 0) + (value?.length ?? 0))
}
