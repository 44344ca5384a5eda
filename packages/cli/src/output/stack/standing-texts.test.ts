import type { RegistryAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { colorsFor } from '../colors.ts'
import { doctorText } from './doctor-text.ts'
import { fixedStatus } from '../fixed/fixed-status.ts'
import { registryText } from '../registry/registry-text.ts'
import { isHealthy, statusText, type ShownStatus } from './status-text.ts'

const plain = colorsFor({}, {})

function standing(more: Partial<ShownStatus> = {}): ShownStatus {
  return {
    ...fixedStatus(),
    groups: [],
    services: [{ service: 'gateway', state: 'ready', version: '0.1.0' }],
    edges: [
      {
        edge: 'sidecar',
        audience: 'payments',
        version: '0.1.0',
        standing: 'synced',
        state: 'live',
        reportedAt: '2026-11-24T10:00:00.000Z',
        partitions: [{ partition: 0, applied: '7', viewAgeMs: 40 }],
      },
    ],
    ...more,
  }
}

const [source] = fixedStatus().sources
const [edge] = standing().edges
const [partition] = fixedStatus().partitions
const silentSource = { ...source, standing: 'silent' } as ShownStatus['sources'][number]
const laggingEdge = { ...edge, standing: 'lagging' } as ShownStatus['edges'][number]
const unknownLag = { ...partition, lag: null } as ShownStatus['partitions'][number]

describe('everything on one screen', () => {
  it('stands in a few tables', () => {
    expect(statusText(standing(), plain)).toBe(
      `
all is well
policy version 1; quarantined: 0
last change: hr-1 of hr, applied 2026-11-24T10:00:00.031Z

SERVICE  STATE  VERSION
gateway  ready  0.1.0

SOURCE  TENANT  STATUS  LAST HEARD                LEASE  MISSED CHANGES
hr      acme    live    2026-11-24T10:00:00.000Z  5 s                 0

PARTITION  POSITION  LAG  OUTBOX  PUBLISHED
0 control      1/41    1       0  2026-11-24T10:00:00.000Z

EDGE     AUDIENCE  STATUS  STATE  VIEW AGE  LAG  PARTITIONS  DECISIONS/S  SIGNED  REPORTED                  VERSION
sidecar  payments  synced  live      40 ms    ?         1/1            ?  ?       2026-11-24T10:00:00.000Z  0.1.0
`.trim(),
    )
  })

  it.each<[string, Partial<ShownStatus>]>([
    [
      'a service that is not ready',
      { services: [{ service: 'gateway', state: 'no answer', version: null }] },
    ],
    ['a source that is silent', { sources: [silentSource] }],
    ['an edge that lags', { edges: [laggingEdge] }],
    [
      'another policy active',
      { policy: { version: 1, hash: 'a', active: { version: 1, hash: 'b' } } },
    ],
    ['no reconciler ever', { partitions: [] }],
    ['a broker away', { partitions: [unknownLag] }],
  ])('is not well with %s', (_, more) => {
    expect(isHealthy(standing(more))).toBe(false)
    expect(statusText(standing(more), plain)).toMatch(/^something is not well$/m)
  })

  it('tells the last probe of each claim, and is not well where one broke', () => {
    const at = '2026-11-24T10:00:00.000Z'
    const held = { claim: 'probe', at, change: 'p-1', tookMs: 120.4, broken: null, recent: [] }
    const broken = { step: 'apply', at: 'sidecar:2', why: 'not within 7000 ms' }
    const late = { ...held, tookMs: null, broken }
    expect(statusText(standing({ probes: [held] }), plain)).toContain(
      `probe of probe: refused after 120 ms (${at})\n`,
    )
    const text = statusText(standing({ probes: [late] }), plain)
    expect(text).toContain('not refused in time')
    expect(text).toContain('broken: apply at sidecar:2: not within 7000 ms')
    expect(isHealthy(standing({ probes: [late] }))).toBe(false)
  })

  it('says that nothing is probed', () => {
    expect(statusText(standing({ probes: null }), plain)).toContain('probes: off')
    expect(isHealthy(standing({ probes: null }))).toBe(true)
  })

  it('shows what is unknown', () => {
    const unknown = standing({ partitions: [], quarantined: null, lastChange: null, services: [] })
    const text = statusText(unknown, plain)
    expect(text).toContain('quarantined: unknown')
    expect(text).toContain('last change: none')
    expect(text).toContain('no reconciler has run yet')
    expect(text).not.toContain('SERVICE')
  })
})

it('the doctor names each failure with meaning and fix, by group, and counts', () => {
  const text = doctorText(
    [
      {
        group: 'Kafka',
        name: 'a broker answers',
        outcome: 'failed',
        detail: 'no',
        means: 'm',
        fix: 'f',
      },
      { group: 'Kafka', name: 'topics', outcome: 'skipped', detail: 'cannot be checked' },
      { group: 'Postgres', name: 'the database answers', outcome: 'ok', detail: 'postgres 18' },
      { group: 'Postgres', name: 'clock', outcome: 'warning', detail: 'late', fix: 'NTP' },
    ],
    plain,
  )
  expect(text).toBe(
    `
Kafka
  ✗ a broker answers: no
      means: m
      fix:   f
  - topics: cannot be checked

Postgres
  ✓ the database answers: postgres 18
  ! clock: late
      fix:   NTP

1 ok, 1 to look at, 1 failed, 1 not checked
`.trim(),
  )
})

it('the registry is all that it says, claims first, and who brought each version', () => {
  const answer: RegistryAnswer = {
    apiVersion: 'freshet.dev/v1',
    version: 3,
    hash: 'h',
    published: { by: 'ann', at: '2026-11-24T10:00:00.000Z' },
    ordered: { by: 'ben', reason: 'reviewed', minimum: 2, at: '2026-11-24T11:00:00.000Z' },
    account: 'hr',
    cutOffs: ['security'],
    cutOffShare: 0.2,
    breakGlassMaxMs: 3_600_000,
    policySchema: 'policies/p.cedarschema',
    tenants: [{ tenant: 'acme', identityProviders: [{ issuer: 'https://idp', keys: 'idp.jwks' }] }],
    sources: [
      {
        source: 'hr',
        owner: 'people',
        contact: 'oncall',
        ordering: 'dense',
        heartbeatMs: 1_000,
        leaseMs: 5_000,
      },
    ],
    claims: [
      {
        claim: 'groups',
        source: 'hr',
        owner: 'iam',
        description: 'Groups of the directory',
        kind: 'authoritative',
        class: 'reduce',
        maxTtlMs: 600_000,
        onUnverified: 'deny',
        publish: false,
        values: ['a', 7],
        partners: [{ name: 'partner', prefix: 'p/' }],
        audiences: ['payments'],
      },
    ],
    audiences: [
      {
        audience: 'payments',
        ttlMs: 90_000,
        claims: ['groups'],
        routes: [
          { route: 'POST /a', risk: 'high', require: { groups: ['a', 'b'] }, observedUntil: null },
        ],
      },
    ],
    clients: [],
    slo: [{ class: 'reduce', objective: 0.999, withinMs: 2_000, windowMs: 60_000 }],
    findings: [],
    versions: [
      {
        version: 3,
        hash: 'h',
        published: { by: 'ann', at: '2026-11-24T10:00:00.000Z' },
        ordered: { by: 'ben', reason: 'reviewed', minimum: 2, at: '2026-11-24T11:00:00.000Z' },
      },
      {
        version: 2,
        hash: 'g',
        published: { by: 'start', at: '2026-11-23T10:00:00.000Z' },
        ordered: null,
      },
    ],
  }
  expect(registryText(answer)).toBe(
    `
policy version 3; accounts: hr; cut-offs: security
cut-offs of more than 20% of a tenant need confirmation
break-glass grants last at most 1 h
policies are checked against policies/p.cedarschema
published by ann at 2026-11-24T10:00:00.000Z
activated by ben at 2026-11-24T11:00:00.000Z, minimum 2
reason: reviewed

claims
CLAIM   SOURCE  OWNER  KIND           MAXTTL  ONUNVERIFIED  AUDIENCES  ALSO
groups  hr      iam    authoritative  10 min  deny          payments   description: Groups of the directory; class: reduce; values: a 7; partners: name=partner,prefix=p/

sources
SOURCE  OWNER   ORDERING  HEARTBEAT  LEASE  ALSO
hr      people  dense     1 s        5 s    contact: oncall

audiences
AUDIENCE  TTL   CLAIMS  ALSO
payments  90 s  groups

routes
AUDIENCE  ROUTE    RISK  REQUIRE     ALSO
payments  POST /a  high  groups=a b

tenants
TENANT  ALSO
acme    identityProviders: issuer=https://idp,keys=idp.jwks

objectives
CLASS   OBJECTIVE  WITHIN  WINDOW  ALSO
reduce  0.999      2 s     1 min

versions
VERSION  PUBLISHED                 BY     ACTIVATED                 BY   MINIMUM  REASON
3        2026-11-24T10:00:00.000Z  ann    2026-11-24T11:00:00.000Z  ben  2        reviewed
2        2026-11-23T10:00:00.000Z  start  -                         -    -        -
`.trim(),
  )
})
