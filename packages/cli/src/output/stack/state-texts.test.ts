import type { RegistryAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { fixedCause, fixedHealth, fixedStatus } from '../../../test/fixed-status.ts'
import { doctorText } from '../../commands/doctor.ts'
import { registryText } from '../registry/registry-text.ts'
import {
  healthText,
  statusData,
  statusText,
  type ShownStatus,
  type StatusFigures,
} from '../status/status-text.ts'
import { colorsFor, PLAIN_VIEW } from '../view.ts'

const plain = colorsFor({}, {})

const FIGURES: StatusFigures = {
  ...fixedStatus(),
  groups: [],
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
}

function shownStatus(more: Partial<StatusFigures> = {}, health = fixedHealth()): ShownStatus {
  const services = [{ service: 'gateway', state: 'ready', version: '0.1.0' }] as const
  return { health, services, figures: { ...FIGURES, ...more } }
}

const [source] = fixedStatus().sources
const [edge] = FIGURES.edges
const [partition] = fixedStatus().partitions
const silentSource = { ...source, standing: 'silent' } as StatusFigures['sources'][number]
const laggingEdge = { ...edge, standing: 'lagging' } as StatusFigures['edges'][number]
const unknownLag = { ...partition, lag: null } as StatusFigures['partitions'][number]

describe('everything on one screen', () => {
  it('is three lines while all is fresh', () => {
    expect(statusText(shownStatus())).toBe(
      `
FRESH since 09:57:00Z (3m), as of 10:00:00Z

services 1/1   sources 1/1   edges 1/1   quarantined 0   policy version 1
last change: hr-1 of hr, applied 2026-11-24T10:00:00.031Z
`.trim(),
    )
  })

  it('names each cause, its effect, the next action and the results', () => {
    const health = fixedHealth({ state: 'not-fresh', causes: [{ ...fixedCause, who: 'ops' }] })
    expect(healthText(health, plain)).toBe(
      `
NOT FRESH since 09:57:00Z (3m), as of 10:00:00Z

reconciler does not answer, since 09:59:22Z (38s)
  effect   no change takes effect
  do       run \`freshet doctor\`
  who      ops
  runbook  FreshetServiceDown
  follows  sourceSilent hr
`.trim(),
    )
  })

  it('counts no source twice: the tenant of probes has the real ones once more', () => {
    const probed = { ...source, tenant: 'probes' } as StatusFigures['sources'][number]
    const shown = shownStatus({ sources: [...FIGURES.sources, probed] })
    expect(statusText({ ...shown, probeTenant: 'probes' })).toContain('sources 1/1')
    // Control: without the name of that tenant, each row counts.
    expect(statusText(shown)).toContain('sources 2/2')
  })

  it('counts the services that the console asks, else those that were asked here', () => {
    const since = '2026-11-24T09:57:00.000Z'
    const states = ['ready', 'not-ready', 'no-answer'] as const
    const services = states.map((state) => ({ service: 'gateway', state, since }))
    expect(statusText(shownStatus({}, fixedHealth({ services })))).toContain('services 1/3')
    // Controls: without the answer of the console, the gateway was asked here; without both, nothing is counted.
    expect(statusText(shownStatus())).toContain('services 1/1')
    expect(statusText({ ...shownStatus(), services: [] })).not.toContain('services')
  })

  it('shows the verdict alone while the console does not answer', () => {
    const health = fixedHealth({ state: 'unknown', since: null, asOf: null })
    expect(statusText({ health, services: [] })).toBe('UNKNOWN')
    expect(statusData({ health, services: [] })).toEqual({
      ...health,
      services: [],
      healthy: false,
    })
  })

  it('has the verdict and the figures side by side as data', () => {
    const { figures, services } = shownStatus()
    const data = { ...fixedHealth(), ...figures, services, healthy: true }
    expect(statusData(shownStatus())).toEqual(data)
  })

  it('fits 80 columns in a pipe, with every row', () => {
    const named = { ...silentSource, source: 'workday-of-the-whole-group' }
    const shown = shownStatus({ sources: [named] })
    const linesOf = (columns: number): readonly string[] =>
      statusText(shown, { ...PLAIN_VIEW, columns }, true).split('\n')
    expect(linesOf(80).filter((line) => line.length > 80)).toEqual([])
    expect(linesOf(Infinity).filter((line) => line.length > 80)).not.toEqual([])
  })

  it('stands in a few tables where all of it is asked for', () => {
    expect(statusText(shownStatus(), PLAIN_VIEW, true)).toContain(
      `
SERVICE  STATE  VERSION
gateway  ready  0.1.0

SOURCE  TENANT  STATUS  LAST HEARD                LEASE  MISSED CHANGES
hr      acme    live    2026-11-24T10:00:00.000Z    5 s               0

PARTITION  POSITION  LAG  OUTBOX  PUBLISHED
0 control      1/41    1       0  2026-11-24T10:00:00.000Z

EDGE `.trim(),
    )
  })

  it.each<[string, Partial<StatusFigures>, RegExp]>([
    ['a source that is silent', { sources: [silentSource] }, /^hr +acme +silent/m],
    ['an edge that lags', { edges: [laggingEdge] }, /^sidecar +payments +lagging/m],
    ['a broker away', { partitions: [unknownLag] }, /^0 control +1\/41 +\?/m],
    [
      'another policy active',
      { policy: { version: 1, hash: 'a', active: { version: 1, hash: 'b' } } },
      /policy version 1 \(loaded: another, 1\)/,
    ],
  ])('has the row of %s, and not of what is well', (_, more, row) => {
    expect(statusText(shownStatus(more))).toMatch(row)
    expect(statusText(shownStatus())).not.toMatch(row)
  })

  it('shows the last probe of each claim', () => {
    const at = '2026-11-24T10:00:00.000Z'
    const held = { claim: 'probe', at, change: 'p-1', tookMs: 120.4, broken: null, recent: [] }
    const broken = { step: 'apply', at: 'sidecar:2', why: 'not within 7000 ms' }
    const late = { ...held, tookMs: null, broken }
    expect(statusText(shownStatus({ probes: [held] }))).toContain(
      `probe of probe: refused after 120 ms (${at})`,
    )
    const text = statusText(shownStatus({ probes: [late] }))
    expect(text).toContain('not refused in time')
    expect(text).toContain('broken: apply at sidecar:2: not within 7000 ms')
  })

  it('shows that nothing is probed', () => {
    expect(statusText(shownStatus({ probes: null }))).toContain('probes: off')
  })

  it('shows the figures that are unknown', () => {
    const text = statusText(shownStatus({ quarantined: null, lastChange: null }))
    expect(text).toContain('quarantined unknown')
    expect(text).toContain('last change: none')
  })
})

it('the doctor names each failure with meaning and fix, by group, and counts', () => {
  const text = doctorText(
    [
      {
        group: 'Kafka',
        name: 'a broker answers',
        title: 'broker',
        outcome: 'failed',
        detail: 'no',
        means: 'm',
        fix: 'f',
      },
      {
        group: 'Kafka',
        name: 'topics are as planned',
        title: 'topics',
        outcome: 'skipped',
        detail: 'cannot be checked',
      },
      {
        group: 'Postgres',
        name: 'the database answers',
        title: 'database',
        outcome: 'ok',
        detail: 'postgres 18',
      },
      {
        group: 'Postgres',
        name: 'the database’s clock',
        title: 'clock of the database',
        outcome: 'warning',
        detail: 'late',
        fix: 'NTP',
      },
    ],
    plain,
  )
  expect(text).toBe(
    `
Kafka
  ✗ broker: no
      means: m
      fix:   f
  - topics: cannot be checked

Postgres
  ✓ database: postgres 18
  ! clock of the database: late
      fix:   NTP

1 ok, 1 to look at, 1 failed, 1 not checked
`.trim(),
  )
})

it('the registry is printed whole, claims first, with the admin of each version', () => {
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
