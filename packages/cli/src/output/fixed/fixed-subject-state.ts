import type { SubjectStateJson } from '@freshet/insight/answers'

type Statement = SubjectStateJson['claims'][number]['statements'][number]

/** The state of a subject with a claim of each status but doubt; for tests. */
export function fixedSubjectState(): SubjectStateJson {
  const roles = ['reader', 'writer']
  return {
    apiVersion: 'freshet.dev/v1',
    asOf: '2026-11-24T10:05:00.000Z',
    tenant: 'acme',
    subject: { format: 'iss_sub', iss: 'https://idp.acme.example', sub: 'alice' },
    known: true,
    account: {
      state: 'disabled',
      source: 'hr',
      version: '9',
      since: '2026-11-24T10:00:00.000Z',
      change: 'hr-2',
    },
    claims: [
      {
        claim: 'groups',
        values: ['payments-approvers', 'staff'],
        count: 2,
        status: 'verified',
        statements: [statement({ change: 'hr-1', occurredAt: '2026-11-24T09:00:00.000Z' })],
      },
      {
        claim: 'entitlements',
        values: ['reader'],
        count: 1,
        status: 'contradicted',
        statements: [
          statement({ source: 'iga', values: roles, count: 2 }),
          statement({ source: 'directory', values: ['reader'], count: 1, version: null }),
        ],
      },
      {
        claim: 'clearance',
        values: null,
        count: 2,
        status: 'unverified',
        silentSource: 'hr',
        statements: [statement({ values: null, count: 2, version: null })],
      },
    ],
  }
}

function statement(more: Partial<Statement>): Statement {
  return {
    source: 'hr',
    values: [],
    count: 0,
    version: '7',
    change: null,
    occurredAt: null,
    through: '2026-11-24T10:04:59.000Z',
    ...more,
  }
}
