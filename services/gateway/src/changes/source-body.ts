import { concernedBy, formatVersion } from '@freshet/protocol'
import type {
  ContradictedAt,
  MissedAt,
  NumberRange,
  PartitionStatus,
  RefusedAt,
  SourceSequence,
  SourceStatus,
  StatementStatus,
} from '@freshet/intake'
import type { FeedJson, NumberingJson } from './source-answers.ts'

/** A source's view of a feed, on the wire: numbers as text, times as RFC 3339. */
export function sourceBody(status: SourceStatus): FeedJson {
  const { tenant, lastAccepted, unacknowledged, throughMs, refused } = status
  return {
    tenant,
    owner: status.owner,
    contact: status.contact,
    states: [...status.states],
    lastAccepted: lastAccepted && {
      id: lastAccepted.id,
      acceptedAt: new Date(lastAccepted.acceptedAtMs).toISOString(),
    },
    ...sequenceBody(status),
    unacknowledged,
    through: timeBody(throughMs),
    lease: { ms: status.leaseMs, current: status.isWithinLease },
    latency: status.latency,
    quarantine: { count: refused.count, latest: refused.latest.map(refusedBody) },
    missed: status.missed,
    contradictions: {
      counts: status.contradictions.counts,
      latest: status.contradictions.latest.map(contradictionBody),
    },
    ...(status.omittedAccounts !== undefined && { omittedAccounts: status.omittedAccounts }),
    ...(status.stateAfterMs !== undefined && {
      stateAfter: new Date(status.stateAfterMs).toISOString(),
    }),
    statement: status.statement && statementBody(status.statement),
    partitions: status.partitions.map(partitionBody),
  }
}

/** The numbering of a dense feed. */
export function sequenceBody({ next, above, gaps }: SourceSequence): NumberingJson {
  return {
    ...(next !== undefined && { next: next.toString() }),
    ...(above !== undefined && { above: above.toString() }),
    ...(gaps && { holes: gaps.map(rangeBody) }),
  }
}

function partitionBody(status: PartitionStatus): FeedJson['partitions'][number] {
  const { partition, condition, complete, waitsFor, throughMs, aheadMs } = status
  return {
    partition,
    condition,
    complete: complete.toString(),
    waitsFor: waitsFor && rangeBody(waitsFor),
    through: timeBody(throughMs),
    ...(aheadMs !== undefined && { aheadMs }),
  }
}

function statementBody({
  missed,
  ...standing
}: StatementStatus): NonNullable<FeedJson['statement']> {
  const { removals, grants, changes } = missed
  return { ...standing, missed: { removals, grants, changes: changes.map(missedBody) } }
}

function missedBody({ subject, claim, change, isRemoval, isGrant }: MissedAt) {
  const [, iss, sub] = JSON.parse(subject) as [string, string, string]
  return { iss, sub, claim: concernedBy(claim), change, removal: isRemoval, grant: isGrant }
}

function contradictionBody({ subject, claim, change, ...at }: ContradictedAt) {
  const [, iss, sub] = JSON.parse(subject) as [string, string, string]
  const versions = [at.owner, at.witness].map(({ source, version }) => {
    return { source, version: formatVersion(version) }
  })
  return { iss, sub, claim, change, since: timeBody(at.sinceMs), said: versions }
}

function refusedBody({ id, code, rule, partition, offset, atMs }: RefusedAt) {
  return { id, code, rule, partition, offset: offset.toString(), at: timeBody(atMs) }
}

function rangeBody({ from, to }: NumberRange) {
  return { from: from.toString(), to: to.toString() }
}

function timeBody(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
