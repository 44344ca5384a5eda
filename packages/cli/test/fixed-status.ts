import type {
  Status,
  TimelineJson,
  HealthCause,
  EvidenceAnswer,
  EvidenceRowAnswer,
} from '@freshet/insight/answers'
import type { Health } from '@freshet/insight'

/** A partition that is well; for tests. */
export const fixedPartition: Status['partitions'][number] = {
  partition: 0,
  e: '1',
  position: '41',
  end: '42',
  lag: '1',
  policyVersion: 1,
  waiting: 0,
  publishedAt: '2026-11-24T10:00:00.000Z',
}

/** A pipeline that is well, of one source and one partition, with these members replaced; for tests. */
export function fixedStatus(more: Partial<Status> = {}): Status {
  return {
    apiVersion: 'freshet.dev/v1',
    measuredAt: '2026-11-24T10:00:00.500Z',
    policy: { version: 1, hash: 'hash', active: { version: 1, hash: 'hash' } },
    partitions: [fixedPartition],
    sources: [
      {
        tenant: 'acme',
        source: 'hr',
        standing: 'live',
        through: '2026-11-24T10:00:00.000Z',
        leaseMs: 5_000,
        missed: 0,
      },
    ],
    contradictions: [],
    openings: [],
    quarantined: '0',
    lastChange: fixedChange(),
    ...more,
  }
}

/** A change that was applied at two edges, with these members replaced; for tests. */
export function fixedChange(more: Partial<TimelineJson> = {}): TimelineJson {
  return {
    id: 'hr-1',
    tenant: 'acme',
    source: 'hr',
    kind: 'claim',
    op: 'remove',
    claim: 'groups',
    subject: { iss: 'https://idp.acme.example', sub: 'alice' },
    class: 'reduce',
    outcome: 'applied',
    isProbe: false,
    tightened: true,
    tokensMarked: 1,
    position: { e: '1', partition: 3, offset: '41' },
    traceparent: null,
    occurredAt: '2026-11-24T10:00:00.000Z',
    recordedAt: '2026-11-24T10:00:00.031Z',
    state: 'applied',
    completeMs: 42.4,
    steps: [
      { stage: 'committed', at: '2026-11-24T10:00:00.000Z', clock: 'source' },
      { stage: 'appended', at: '2026-11-24T10:00:00.012Z', clock: 'broker' },
      { stage: 'received', at: '2026-11-24T10:00:00.011Z', clock: 'reconciler' },
      { stage: 'recorded', at: '2026-11-24T10:00:00.031Z', clock: 'reconciler' },
      { stage: 'published', at: '2026-11-24T10:00:00.050Z', clock: 'broker' },
    ],
    edges: [edge('sidecar', '2026-11-24T10:00:00.054Z'), edge('sidecar:2', '2026-11-24T10:00:01Z')],
    ...more,
  }
}

function edge(name: string, appliedAt: string): TimelineJson['edges'][number] {
  return { edge: name, standing: 'synced', appliedAt, clock: 'edge', sincePublishedMs: 4 }
}

/** A reconciler that is gone, with a source that is silent because of it; for tests. */
export const fixedCause: HealthCause = {
  finding: 'serviceDown',
  object: 'reconciler',
  tenant: null,
  what: 'reconciler does not answer',
  since: '2026-11-24T09:59:22.000Z',
  effect: 'no change takes effect',
  do: 'run `freshet doctor`',
  runbook: 'FreshetServiceDown',
  who: null,
  symptoms: [{ finding: 'sourceSilent', object: 'hr', what: 'hr of acme is silent' }],
}

/** A verdict that is `fresh`, with these members replaced; for tests. */
export function fixedHealth(more: Partial<Health> = {}): Health {
  return {
    state: 'fresh',
    since: '2026-11-24T09:57:00.000Z',
    asOf: '2026-11-24T10:00:00.000Z',
    causes: [],
    ...more,
  }
}

/** A row that is green, with these members replaced; for tests. */
export function fixedRow(more: Partial<EvidenceRowAnswer> = {}): EvidenceRowAnswer {
  return {
    row: 'ac-3.8-sources',
    framework: 'NIST SP 800-53 Rev. 5',
    id: 'AC-3(8)',
    title: 'Revocation',
    claim: 'Each source is heard.',
    command: 'freshet status',
    value: 0,
    unit: 'sources out of lease',
    limit: 'none',
    verdict: 'green',
    detail: '3 of 3 sources are within their leases',
    at: '2026-11-24T10:00:00.000Z',
    ...more,
  }
}

/** The console's answer with these rows; for tests. */
export function fixedEvidence(items: readonly EvidenceRowAnswer[]): EvidenceAnswer {
  const policy = { version: 3, hash: 'hash' }
  return { apiVersion: 'freshet.dev/v1', at: '2026-11-24T10:00:00.000Z', policy, items }
}
