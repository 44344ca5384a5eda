import type { NumberRange, PartitionStanding, RefusedAt, SourceStatus } from '@freshet/intake'

/** What a source sees of a feed, on the wire: numbers as text, times as RFC 3339. */
export function sourceBody(status: SourceStatus): object {
  const { tenant, lastAccepted, next, holes, unacknowledged, throughMs, refused } = status
  return {
    tenant,
    lastAccepted: lastAccepted && {
      id: lastAccepted.id,
      acceptedAt: new Date(lastAccepted.acceptedAtMs).toISOString(),
    },
    ...(next !== undefined && { next: next.toString() }),
    unacknowledged,
    ...(holes && { holes: holes.map(rangeBody) }),
    through: timeBody(throughMs),
    lease: { ms: status.leaseMs, current: status.isWithinLease },
    latency: status.latency,
    quarantine: { count: refused.count, latest: refused.latest.map(refusedBody) },
    partitions: status.partitions.map(partitionBody),
  }
}

function partitionBody(standing: PartitionStanding): object {
  const { partition, condition, complete, waitsFor, throughMs } = standing
  return {
    partition,
    condition,
    complete: complete.toString(),
    waitsFor: waitsFor && rangeBody(waitsFor),
    through: timeBody(throughMs),
  }
}

function refusedBody({ id, code, rule, partition, offset, atMs }: RefusedAt): object {
  return { id, code, rule, partition, offset: offset.toString(), at: timeBody(atMs) }
}

function rangeBody({ from, to }: NumberRange): object {
  return { from: from.toString(), to: to.toString() }
}

function timeBody(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
