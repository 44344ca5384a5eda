import { ProblemError } from '@freshet/source/problem'
import { describe, expect, it } from 'vitest'
import { fixedCause, fixedStatus } from '../../../test/fixed-status.ts'
import { providerFinding } from '../all-checks.ts'
import { runChecks } from '../check.ts'
import type { DoctorTarget } from '../target.ts'
import { issuerFinding } from './authority-checks.ts'
import { skewFinding } from './clock-skew.ts'
import { patienceFinding, topicsFinding } from './kafka-checks.ts'
import { nodeFinding } from './machine-checks.ts'
import { snapshotFinding } from './oldest-snapshot.ts'
import {
  CLAIMS_FRESH,
  pipelineChecks,
  policyFinding,
  verdictFinding,
  warningFinding,
} from './pipeline-checks.ts'
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
  it('is no finding where there is none, and names the address where it answers', async () => {
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
  it('has the verdict with every cause, and the meaning and fix of the first', () => {
    const causes = [fixedCause, { ...fixedCause, what: 'hr of acme is silent' }]
    expect(verdictFinding({ state: 'fresh', causes: [] })).toEqual({
      outcome: 'ok',
      detail: 'fresh',
    })
    expect(verdictFinding({ state: 'not-fresh', causes })).toEqual({
      outcome: 'failed',
      detail: 'not-fresh: reconciler does not answer; hr of acme is silent',
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
    expect(results.find(({ name }) => name === CLAIMS_FRESH)).toMatchObject({
      outcome,
      detail: expect.stringMatching(detail) as unknown,
    })
  })

  it('warns of what lint finds in the active registry, and not of a note', () => {
    const finding = (severity: 'warning' | 'note') => ({
      severity,
      code: 'slo.not-measured' as const,
      place: 'objectives',
      message: 'No objective measures coverage.',
    })
    const of = (...findings: ReturnType<typeof finding>[]) => warningFinding({ findings })
    expect(of()).toEqual({ outcome: 'ok', detail: 'none' })
    expect(of(finding('note'))).toEqual({ outcome: 'ok', detail: 'none' })
    expect(of(finding('warning'), finding('warning'))).toMatchObject({
      outcome: 'warning',
      detail: 'objectives: No objective measures coverage. (slo.not-measured), and 1 more',
      fix: expect.stringContaining('freshet registry lint') as unknown,
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
    expect(policyFinding(none, 'other').detail).toMatch(/^no version is active/)
  })
})
