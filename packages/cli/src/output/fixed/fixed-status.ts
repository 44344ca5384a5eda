import type { Status } from '@freshet/insight/answers'
import { fixedChange } from './fixed-change.ts'

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
