import type { EvidenceAnswer, EvidenceRowAnswer } from '@freshet/insight/answers'

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
