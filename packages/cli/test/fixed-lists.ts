import type {
  EdgeHistory,
  EdgesAnswer,
  Holders,
  Lag,
  QuarantinedList,
  RegistryAnswer,
  SloJson,
  SlosAnswer,
  SubjectViewJson,
  UsageAnswer,
} from '@freshet/insight/answers'
import { fixedChange } from './fixed-status.ts'

const API = { apiVersion: 'freshet.dev/v1' }
const AT = '2026-11-24T10:00:00.000Z'
const SOON = '2026-11-24T10:05:00.000Z'

type EdgeItem = EdgesAnswer['items'][number]

/** An edge as long as real ones, with these members replaced; for tests. */
export function fixedEdge(more: Partial<EdgeItem> = {}): EdgeItem {
  return {
    edge: 'checkout-7f9c6d5b4-x2k8p',
    audience: 'payments',
    version: '0.1.0',
    standing: 'synced',
    state: 'live',
    reportedAt: AT,
    conflict: false,
    signed: 'signed',
    signedBy: 'payments-web',
    rates: {
      allow: 12.25,
      deny: 0.5,
      challenge: 0,
      denied: { stale: 0.2, unverified: 0.3, insufficient: 0, other: 0 },
    },
    unverified: { isOutOfView: false, sources: [], more: 0 },
    partitions: [{ partition: 0, applied: '41', viewAgeMs: 412, records: '3' }],
    ...more,
  }
}

/** The sources that an edge cannot vouch for: one since {@link AT}, and one from the beginning; for tests. */
export const fixedUnverified: NonNullable<EdgeItem['unverified']> = {
  isOutOfView: false,
  sources: [
    { tenant: 'acme', source: 'hr', since: AT },
    { tenant: 'acme', source: 'iga', since: null },
  ],
  more: 2,
}

/** Three edges: one cannot vouch for some sources, one is stale, and one is gone; for tests. */
export const fixedEdges: EdgesAnswer = {
  ...API,
  items: [
    fixedEdge({ unverified: fixedUnverified }),
    fixedEdge({ edge: 'checkout-7f9c6d5b4-zz91q', standing: 'stale', conflict: true }),
    fixedEdge({ edge: 'sidecar', standing: 'disconnected', signed: 'unsigned', rates: null }),
  ],
  next: null,
  total: 3,
}

const level: SloJson = {
  name: 'edge-fresh-5s',
  sli: 'edge-fresh',
  class: null,
  thresholdMs: 5_000,
  target: 0.9999,
  description: '',
  windowDays: 28,
  good: 1_209_600,
  valid: 1_209_699,
  ratio: 0.9999181,
  budgetRemaining: 0.181,
  burn: [{ window: '5m', good: 10, valid: 10, ratio: 1, rate: 0 }],
  state: 'met',
  alert: null,
}

/** Objectives: one is met, and the budget of one is overspent; for tests. */
export const fixedSlos: SlosAnswer = {
  ...API,
  items: [level, { ...level, name: 'stale-allows', budgetRemaining: -14.78, state: 'breached' }],
  latest: null,
  measuredAt: AT,
}

const place = { partition: 0, position: '41', head: '44', records: '3', behindMs: 412 }

/** The lag of recording and of an edge; for tests. */
export const fixedLag: Lag = {
  ...API,
  recording: [place],
  edges: [{ ...place, edge: 'checkout-7f9c6d5b4-x2k8p', standing: 'lagging' }],
}

const token = {
  jti: '0b6d9c2e-5d1f-4f0a-9a53-7d2f3c4b5a69',
  audience: 'payments',
  client: 'payments-web',
  claims: ['groups', 'department', 'entitlements'],
  issuedAt: AT,
  expiresAt: SOON,
  stale: { at: AT, reason: 'claim-changed', change: 'hr-98e6e60c' },
}

/** Tokens that carry a value, one of which is stale; for tests. */
export const fixedHolders: Holders = {
  ...API,
  at: AT,
  items: [
    { ...token, subject: { iss: 'https://idp.acme.example', sub: 'alice' }, policyVersion: 1 },
    { ...token, stale: null, subject: { iss: 'https://idp', sub: 'bob' }, policyVersion: 1 },
  ],
  next: null,
}

/** A subject with a change and a token; for tests. */
export const fixedSubject: SubjectViewJson = {
  ...API,
  changes: [fixedChange({ id: 'hr-98e6e60c' })],
  tokens: [token],
}

const offset = { e: '1', offset: '7', at: AT }

/** A quarantined record; for tests. */
export const fixedQuarantined: QuarantinedList = {
  ...API,
  items: [
    {
      id: '3-k8JxUu1Vt0m2rQ0pZc9y4A',
      state: 'waiting',
      reason: 'event.unauthentic',
      rule: 'the JWS is not a compact JWS',
      topic: 'freshet.changes.v1',
      partition: 3,
      tenant: 'acme',
      source: 'hr',
      change: null,
      proven: false,
      first: offset,
      last: offset,
      arrivals: 1,
      bytes: 412,
      replays: 0,
      outcome: null,
      decided: null,
    },
  ],
  next: null,
  counts: [
    {
      topic: 'freshet.changes.v1',
      reason: 'event.unauthentic',
      state: 'waiting',
      records: 1,
      oldestAt: AT,
    },
  ],
}

const version = {
  version: 3,
  hash: 'h',
  published: { by: 'ann@acme.example', at: AT },
  ordered: {
    by: 'ben@acme.example',
    reason: 'payments tokens live 2 minutes',
    minimum: 2,
    at: SOON,
  },
}

/** A registry with one entry of each kind; for tests. */
export const fixedRegistry: RegistryAnswer = {
  ...API,
  ...version,
  account: 'hr',
  cutOffs: ['security'],
  cutOffShare: 0.2,
  breakGlassMaxMs: 3_600_000,
  policySchema: null,
  tenants: [{ tenant: 'acme', identityProviders: [{ issuer: 'https://idp.acme.example' }] }],
  sources: [
    {
      source: 'hr',
      owner: 'people-systems',
      contact: 'people-oncall@acme.example',
      ordering: 'dense',
      heartbeatMs: 1_000,
      leaseMs: 5_000,
    },
  ],
  claims: [
    {
      claim: 'groups',
      source: 'hr',
      owner: 'identity',
      description: 'Groups of the directory',
      kind: 'authoritative',
      class: 'reduce',
      maxTtlMs: 600_000,
      onUnverified: 'deny',
      audiences: ['payments', 'directory', 'reports', 'archive', 'warehouse'],
    },
  ],
  audiences: [
    {
      audience: 'payments',
      ttlMs: 300_000,
      claims: ['groups', 'department', 'entitlements'],
      routes: [{ route: 'POST /approve', risk: 'high', require: { groups: ['approvers'] } }],
    },
  ],
  clients: [{ client: 'payments-web', tenant: 'acme', audiences: ['payments'] }],
  slo: [{ class: 'reduce', objective: 0.9999, withinMs: 2_000, windowMs: 2_419_200_000 }],
  findings: [],
  versions: [version],
}

/** The use of one claim by one audience; for tests. */
export const fixedUsage: UsageAnswer = {
  ...API,
  days: 28,
  items: [
    {
      audience: 'payments',
      since: '2026-11-01',
      claims: [
        { claim: 'groups', state: 'used', decisions: 11_420, needed: 1, carried: 14, isWide: true },
      ],
      routes: [],
    },
  ],
  differences: [],
}

/** The last minutes of an edge that started lately, and an apply; for tests. */
export const fixedHistory: EdgeHistory = {
  ...API,
  edge: 'sidecar',
  minutes: [
    { at: AT, oldestViewMs: null },
    {
      at: AT,
      oldestViewMs: 412,
      denied: { stale: 2, unverified: 6, insufficient: 1, other: 0 },
    },
    { at: AT, oldestViewMs: null },
  ],
  applies: [{ partition: 3, upTo: '358', appendedAt: AT, appliedAt: AT, afterMs: 54 }],
}
