import { fixedCause, fixedPartition, fixedStatus } from '../../../test/fixed-status.ts'
import type { EdgeJson, QuarantinedList } from '@freshet/insight/answers'
import { FINDINGS, type FindingId, type HealthFigures } from '@freshet/insight/findings'
import { describe, expect, it } from 'vitest'
import { issuerFinding } from './authority-checks.ts'
import { patienceFinding, topicsFinding } from './kafka-checks.ts'
import { skewFinding } from './clock-skew.ts'
import { ProblemError } from '../../http/problem-error.ts'
import { runChecks } from '../check.ts'
import type { DoctorTarget } from '../target.ts'
import { pipelineChecks } from './pipeline-checks.ts'
import { providerFinding } from './login-checks.ts'
import { nodeFinding } from './machine-checks.ts'
import { snapshotFinding } from './oldest-snapshot.ts'
import {
  CHECKED,
  findingOf,
  policyFinding,
  verdictFinding,
  UNCHECKED,
} from './pipeline-findings.ts'
import { closedFinding, schemaFinding } from './postgres-checks.ts'

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
    ['newer', [], 'newer than this build', 'use the build that migrated it'],
    ['changed', ['0001_a'], 'this build has another form of 0001_a', 'restore the migration files'],
  ] as const)('a schema that is %s', (state, changed, detail, fix) => {
    const finding = schemaFinding({ state, applied: ['0001_a'], pending: [], changed })
    expect(finding).toMatchObject({ detail, fix })
  })

  it('a schema with more steps, all of which this build can ignore, is no fault', () => {
    const status = { applied: ['0001_a', '0002_b'], pending: [], changed: [] }
    expect(schemaFinding({ ...status, state: 'expanded' })).toMatchObject({
      outcome: 'ok',
      detail: expect.stringContaining('this build can ignore') as unknown,
    })
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
  ] as const)('rows of tenants: %j', (tenants, outcome, detail) => {
    expect(closedFinding(tenants)).toMatchObject({
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
  const well: HealthFigures = {
    status: fixedStatus(),
    registry: { findings: [] },
    quarantined: { counts: [] },
    edges: { items: [{ edge: 'a', standing: 'synced' } as EdgeJson] },
  }
  const names = Object.keys(CHECKED) as (keyof typeof CHECKED)[]

  it.each(names)('is well: %s', (name) => {
    expect(findingOf(name, well, 'fine')).toEqual({ outcome: 'ok', detail: 'fine' })
  })

  it.each(Object.keys(FINDINGS) as FindingId[])(
    'has a check for %s, or a reason to have none',
    (id) => {
      const isChecked = names.some((name) => (CHECKED[name] as readonly string[]).includes(id))
      expect(isChecked).toBe(UNCHECKED[id] === undefined)
    },
  )

  it('has the verdict, with the first cause', () => {
    const causes = [fixedCause, { ...fixedCause, what: 'hr of acme is silent' }]
    expect(verdictFinding({ state: 'fresh', causes: [] })).toEqual({
      outcome: 'ok',
      detail: 'fresh',
    })
    expect(verdictFinding({ state: 'not-fresh', causes })).toEqual({
      outcome: 'failed',
      detail: 'not-fresh: reconciler does not answer, and 1 more',
      means: 'no change takes effect',
      fix: 'run `freshet doctor`',
    })
    const degraded = verdictFinding({ state: 'degraded', causes: [fixedCause] })
    expect(degraded).toMatchObject({ outcome: 'warning' })
  })

  it.each<
    [console: string, target: Pick<DoctorTarget, 'console'>, outcome: string, detail: RegExp]
  >([
    [
      'is away',
      { console: { url: 'http://127.0.0.1:1', token: 't' } },
      'failed',
      /^unknown: The con/,
    ],
    ['is not set', { console: undefined }, 'skipped', /^cannot be checked until “console” passes/],
  ])('has a verdict also where the console %s', async (_, target, outcome, detail) => {
    const results = await runChecks(pipelineChecks(target as DoctorTarget))
    expect(results.find(({ name }) => name === 'claims are fresh')).toMatchObject({
      outcome,
      detail: expect.stringMatching(detail) as unknown,
    })
  })

  it('fails with all that was found, and the meaning and fix of the first', () => {
    const source = { tenant: 'acme', standing: 'silent', leaseMs: 5_000, missed: 0 } as const
    const through = '2026-11-24T09:59:00.500Z'
    const sources = ['hr', 'iga'].map((name) => ({ ...source, source: name, through }))
    expect(
      findingOf('every source sends heartbeats', { status: fixedStatus({ sources }) }, ''),
    ).toEqual({
      outcome: 'failed',
      detail:
        'hr of acme is silent: last heard 1 min ago, lease 5 s; iga of acme is silent: last heard 1 min ago, lease 5 s',
      means: 'its claims are unverified at every edge and are not minted',
      fix: 'check that hr runs, and that its heartbeats are answered 202 (POST /v1/heartbeats)',
    })
  })

  it('has the remedy of the error where a partition pauses', () => {
    const paused = {
      offset: '575',
      code: 'database.statement-timeout',
      message: 'Postgres refused with SQLSTATE 57014: recorder-upsert-claims.',
      since: '2026-11-24T09:00:00.000Z',
      attempts: 12,
    }
    const status = (code: string) =>
      fixedStatus({ partitions: [{ ...fixedPartition, paused: { ...paused, code } }] })
    const fixOf = (code: string) =>
      findingOf('no partition pauses', { status: status(code) }, '').fix
    expect(fixOf('database.statement-timeout')).toMatch(/pg_stat_activity/)
    expect(fixOf('of a later version')).toMatch(/partition pauses/)
  })

  it('only warns of quarantined records, and of no edge at all', () => {
    const count = { reason: 'event.malformed', records: 3 } as QuarantinedList['counts'][number]
    const quarantined = { counts: [count] }
    expect(findingOf('nothing is quarantined', { quarantined }, '').outcome).toBe('warning')
    const edges = { items: [] }
    expect(findingOf('every edge is live without lag', { edges }, '').outcome).toBe('warning')
    const isFull = { edges: { items: [], uncounted: 1 } }
    expect(findingOf('every edge is live without lag', isFull, '')).toMatchObject({
      outcome: 'failed',
      fix: expect.stringContaining('one sidecar'),
    })
  })

  it('compares the active version with the file here', () => {
    const status = fixedStatus()
    expect(policyFinding(status, undefined)).toEqual({ outcome: 'ok', detail: 'version 1' })
    expect(policyFinding(status, 'hash').outcome).toBe('ok')
    expect(policyFinding(status, 'other').detail).toBe(
      'version 1 is active, and the file here has other content',
    )
    const none = fixedStatus({ policy: { version: 1, hash: 'hash', active: null } })
    expect(policyFinding(none, 'other')).toMatchObject({
      outcome: 'failed',
      detail: 'No version is active',
    })
  })
})
