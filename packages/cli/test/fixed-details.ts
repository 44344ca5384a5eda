import type {
  QuarantinedDetail,
  Status,
  TokenPreviewJson,
  TokenView,
  SubjectStateJson,
} from '@freshet/insight/answers'
import type { SidecarAnswer } from '../src/http/sidecar-client.ts'
import { fixedQuarantined } from './fixed-lists.ts'

const AT = '2026-11-24T10:00:00.000Z'

/** A stale token, explained; for tests. */
export const fixedToken: TokenView = {
  apiVersion: 'freshet.dev/v1',
  jti: '0b6d9c2e-5d1f-4f0a-9a53-7d2f3c4b5a69',
  tenant: 'acme',
  client: 'payments-web',
  policyVersion: 3,
  expired: false,
  parties: [
    {
      subject: { iss: 'https://idp.acme.example', sub: 'alice' },
      label: { e: '1', s: '150', c: '149' },
    },
  ],
  claims: {
    groups: { verdict: 'stale', reason: 'claim-changed', change: 'hr-98e6e60c' },
    department: { verdict: 'fresh' },
  },
  ledger: {
    issuedAt: AT,
    expiresAt: '2026-11-24T10:05:00.000Z',
    mark: {
      at: '2026-11-24T10:00:33.000Z',
      reason: 'claim-changed',
      source: 'hr',
      change: 'hr-98e6e60c',
    },
  },
  issuance: {
    audience: 'payments',
    policyVersion: 3,
    policyHash: 'sha256-of-version-3',
    issuedAt: AT,
    expiresAt: '2026-11-24T10:05:00.000Z',
    withheld: false,
    claims: [
      {
        claim: 'groups',
        source: 'hr',
        through: AT,
        values: ['payments-approvers', 'staff', 'temps'],
      },
      { claim: 'department', source: 'hr', through: AT, values: ['finance'] },
    ],
  },
}

/** The refusal of an edge; for tests. */
export const fixedCheck: SidecarAnswer = {
  decision: 'deny',
  claims: { groups: { verdict: 'stale', reason: 'claim-changed', change: 'hr-98e6e60c' } },
  viewAgeMs: 412,
  code: 'token.stale',
  detail: 'The access token is stale.',
}

const [quarantined] = fixedQuarantined.items

/** A quarantined record with its headers; for tests. */
export const fixedQuarantinedDetail = {
  ...quarantined,
  apiVersion: 'freshet.dev/v1',
  means: 'The signature or the stamp does not prove which source sent the event.',
  remedy: 'Compare the `kid` with the keys of the source in the registry.',
  inDoubt: { claims: [], halted: ['acme'], resolvedBy: ['a complete snapshot of hr'] },
  content: {
    keyBytes: 12,
    valueBytes: 412,
    headers: [{ name: 'ce_source', bytes: 2, text: 'hr' }],
    moreHeaders: 0,
  },
} as QuarantinedDetail

/** A break-glass grant; for tests. */
export const fixedGrant: Status['openings'][number] = {
  id: 'open-4f1c22ab',
  tenant: 'acme',
  audience: 'payments',
  route: 'POST /approve',
  claim: 'groups',
  from: AT,
  until: '2026-11-24T10:30:00.000Z',
  by: 'ann@acme.example',
  reason: 'HR is down until the switch is replaced',
}

/** A token that would be minted; for tests. */
export const fixedPreview: TokenPreviewJson = {
  apiVersion: 'freshet.dev/v1',
  asOf: AT,
  tenant: 'acme',
  subject: { iss: 'https://idp.acme.example', sub: 'alice' },
  audience: 'payments',
  policyVersion: 3,
  outcome: 'minted',
  expiresAt: '2026-11-24T10:05:00.000Z',
  refusal: null,
  claims: fixedSubjectState().claims.map((claim) => {
    return { ...claim, isCarried: true, omitted: null }
  }),
}

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
