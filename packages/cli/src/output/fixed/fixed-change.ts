import type { TimelineJson } from '@freshet/insight/answers'

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
