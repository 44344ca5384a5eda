import type { EdgesAnswer } from '@freshet/insight/answers'
import { describe, expect, it } from 'vitest'
import { fixedPartition, fixedStatus } from '../../output/fixed/fixed-status.ts'
import { issuerFinding } from './authority-checks.ts'
import { patienceFinding } from './broker-patience.ts'
import { skewFinding } from './clock-skew.ts'
import { topicsFinding } from './kafka-checks.ts'
import { ProblemError } from '../../http/problem-error.ts'
import { providerFinding } from './login-checks.ts'
import { nodeFinding } from './machine-checks.ts'
import { snapshotFinding } from './oldest-snapshot.ts'
import * as findings from './pipeline-findings.ts'
import { closedFinding, schemaFinding } from './postgres-checks.ts'

const NOW = Date.parse('2026-11-24T10:00:01.000Z')

describe('this machine', () => {
  it.each([
    ['v20.19.0', 'ok'],
    ['v22.1.0', 'ok'],
    ['v20.18.3', 'failed'],
    ['v18.20.0', 'failed'],
  ])('Node %s: %s', (version, outcome) => {
    expect(nodeFinding(version).outcome).toBe(outcome)
  })

  it.each([
    [0, 'ok'],
    [-500, 'ok'],
    [501, 'warning'],
    [-2_001, 'failed'],
  ])('a clock that differs by %i ms: %s', (skewMs, outcome) => {
    expect(skewFinding('the broker', skewMs).outcome).toBe(outcome)
  })
})

describe('what it looks at', () => {
  it.each([
    ['9000', 5_000, 'warning'],
    ['5000', 5_000, 'warning'],
    ['3000', 5_000, 'ok'],
    ['9000', 15_000, 'ok'],
    [undefined, 5_000, 'skipped'],
  ])('broker.session.timeout.ms of %s with a lease of %i ms: %s', (value, leaseMs, outcome) => {
    expect(patienceFinding(value, leaseMs).outcome).toBe(outcome)
  })

  it('names a setting, the command that sets it, and counts what it does not show', () => {
    const differences = Array.from({ length: 7 }, (_, index) => ({
      topic: `t${index}`,
      setting: 'retention.ms',
      wanted: '2',
      found: '1',
    }))
    const { detail, fix } = topicsFinding(differences)
    expect(detail).toMatch(/^t0: retention\.ms is 1, planned 2; .* and 2 more$/)
    expect(fix).toContain('--alter --topic t0 --add-config retention.ms=2')
  })

  it.each([
    ['newer', 'use the build that migrated it'],
    ['changed', 'restore the migration files'],
  ] as const)('a schema that is %s', (state, fix) => {
    expect(schemaFinding({ state, applied: ['0001_a'], pending: [] })).toMatchObject({ fix })
  })

  it.each([
    [{ open: ['issuance'], unfit: [], loginPasses: true }, 'failed', /not forced, on issuance/],
    [
      { open: [], unfit: ['freshet_tenant'], loginPasses: false },
      'failed',
      /freshet_tenant: missing/,
    ],
    [{ open: [], unfit: [], loginPasses: true }, 'ok', /this login could pass it/],
    [{ open: [], unfit: [], loginPasses: false }, 'ok', /forced$/],
  ] as const)('rows of tenants: %j', (standing, outcome, detail) => {
    expect(closedFinding(standing)).toMatchObject({
      outcome,
      detail: expect.stringMatching(detail),
    })
  })

  it.each([
    [undefined, 'ok', /^no other/],
    [{ age_s: 599, transactions: 1e6 }, 'ok', /process 7 \(pg_dump\), for 10 min$/],
    [{ age_s: 601, transactions: 3 }, 'warning', /for 10 min$/],
    [{ age_s: 90_000, transactions: 3 }, 'warning', /for 25 h$/],
    [{ age_s: null, transactions: 100_000 }, 'ok', /for 100000 transactions$/],
    [{ age_s: null, transactions: 100_001 }, 'warning', /for 100001 transactions$/],
  ] as const)('the oldest snapshot of the database: %j', (age, outcome, detail) => {
    const end = 'SELECT pg_terminate_backend(7)'
    const finding = snapshotFinding(age && { holder: 'process 7 (pg_dump)', end, ...age })
    expect(finding).toMatchObject({ outcome, detail: expect.stringMatching(detail) })
    expect(finding.fix ?? end).toContain(end)
  })

  it('an issuer that is none', () => {
    expect(issuerFinding('https://a', undefined).detail).toContain('calls itself nothing')
  })
})

describe('the identity provider of the console', () => {
  const client = (openid: { issuer: string } | null, loginProvider: () => Promise<unknown>) => ({
    loginWays: async () => ({ apiVersion: 'freshet.dev/v1', token: true, openid }),
    loginProvider,
  })
  it('is missed by nobody where there is none, and is told where it answers', async () => {
    const never = () => Promise.reject(new Error('asked'))
    expect(await providerFinding(client(null, never))).toMatchObject({ outcome: 'ok' })
    const there = client({ issuer: 'https://idp.acme.example' }, async () => ({}))
    expect(await providerFinding(there)).toEqual({
      outcome: 'ok',
      detail: 'https://idp.acme.example',
    })
  })

  it('has failed where the console does not reach it', async () => {
    const away = new ProblemError(503, 'login.unavailable', 'It cannot be asked.')
    const client503 = client({ issuer: 'https://idp' }, () => Promise.reject(away))
    await expect(providerFinding(client503)).rejects.toBe(away)
  })
})

describe('the pipeline', () => {
  it('is well', () => {
    const status = fixedStatus()
    const all = [
      findings.policyFinding(status, 'hash'),
      findings.sourcesFinding(status),
      findings.pausesFinding(status),
      findings.lagFinding(status),
      findings.publisherFinding(status, NOW),
      findings.quarantineFinding(status),
    ]
    expect(all.map(({ outcome }) => outcome)).toEqual(all.map(() => 'ok'))
  })

  it.each([
    ['nothing active', { version: 1, hash: 'hash', active: null }, 'no version is active'],
    [
      'another loaded',
      { version: 1, hash: 'hash', active: { version: 2, hash: 'other' } },
      'version 2 is active, and the console has loaded another, 1',
    ],
  ])('%s', (_, policy, detail) => {
    expect(findings.policyFinding(fixedStatus({ policy }), undefined).detail).toBe(detail)
  })

  it('what lint says against the active registry, but notes', () => {
    const said = (severity: string) => ({
      code: 'c.d',
      severity,
      place: '/slo/x',
      message: 'is bad',
    })
    expect(findings.warningsFinding({ findings: [said('note')] }).outcome).toBe('ok')
    const two = findings.warningsFinding({ findings: [said('warning'), said('warning')] })
    expect(two.outcome).toBe('warning')
    expect(two.detail).toBe('/slo/x: is bad (c.d), and 1 more')
  })

  it.each([
    ['unheard', null, /no heartbeat yet in some partition/, /runs, and that its heartbeats/],
    ['hole', '2026-11-24T09:00:00.000Z', /is hole: last heard/, /number in `next`/],
    ['halted', null, /is halted/, /snapshot-begin … snapshot-end/],
    ['ending', '2026-11-24T09:00:00.000Z', /is ending: last heard/, /^wait: the reconciler/],
  ] as const)('a source that is %s', (standing, through, detail, fix) => {
    const source = { tenant: 'acme', source: 'hr', standing, through, leaseMs: 5_000, missed: 0 }
    const found = findings.sourcesFinding(fixedStatus({ sources: [source] }))
    expect(found.detail).toMatch(detail)
    expect(found.fix).toMatch(fix)
  })

  it('a partition that lags, one of unknown lag, and none at all', () => {
    const lagging = (lag: string | null) =>
      fixedStatus({ partitions: [{ ...fixedPartition, lag }] })
    expect(findings.lagFinding(lagging('1001')).detail).toBe(
      'partition 0 has a lag of 1001 records',
    )
    expect(findings.lagFinding(lagging('1000')).outcome).toBe('ok')
    expect(findings.lagFinding(lagging(null)).detail).toContain('does not report')
    expect(findings.lagFinding(fixedStatus({ partitions: [] })).fix).toBe('start a reconciler')
  })

  it('a partition that pauses, by its record, its error and what to do', () => {
    const paused = {
      offset: '575',
      code: 'database.statement-timeout',
      message: 'Postgres refused with SQLSTATE 57014: recorder-upsert-claims.',
      since: '2026-11-24T09:00:00.000Z',
      attempts: 12,
    }
    const status = fixedStatus({
      partitions: [fixedPartition, { ...fixedPartition, partition: 3, paused }],
    })
    const found = findings.pausesFinding(status)
    expect(found.outcome).toBe('failed')
    expect(found.detail).toMatch(/^partition 3 stops at record 575 since .*, 12 attempts: .*57014/)
    expect(found.fix).toMatch(/pg_stat_activity/)
  })

  it('rows that pile up although heartbeats go out', () => {
    const piled = fixedStatus({ partitions: [{ ...fixedPartition, waiting: 1_001 }] })
    expect(findings.publisherFinding(piled, NOW).detail).toBe('1001 rows wait in the outbox')
    expect(findings.publisherFinding(fixedStatus(), NOW + 60_000).outcome).toBe('failed')
  })

  it('edges over the limit', () => {
    const edge = { edge: 'a', standing: 'synced' } as EdgesAnswer['items'][number]
    const find = (uncounted: number) =>
      findings.edgesFinding({ apiVersion: 'freshet.dev/v1', items: [edge], uncounted })
    const found = find(3)
    expect(found.detail).toBe('3 edges report over the limit of 20000')
    expect(found.outcome).toBe('failed')
    expect(find(0).outcome).toBe('ok')
  })

  it('what is parked, and no edge at all, are warnings', () => {
    expect(findings.quarantineFinding(fixedStatus({ quarantined: '3' })).outcome).toBe('warning')
    expect(findings.quarantineFinding(fixedStatus({ quarantined: null })).outcome).toBe('warning')
    expect(findings.edgesFinding({ apiVersion: 'freshet.dev/v1', items: [] }).outcome).toBe(
      'warning',
    )
  })
})
