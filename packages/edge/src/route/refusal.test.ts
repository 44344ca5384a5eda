import type { StaleReason, Verdict } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import * as outcomes from './decision.ts'
import type { Decision, DecisionOutcome } from './decision.ts'
import { refusalOf } from './refusal.ts'

const NOW_MS = 1_795_514_400_123
const FRESH: Verdict = { kind: 'fresh' }
const SILENT: Verdict = { kind: 'unverified', source: 'hr', sinceMs: 1 }

const staleBy = (reason: StaleReason, change = 'hr-42'): Extract<Verdict, { kind: 'stale' }> => ({
  kind: 'stale',
  reason,
  change,
})

function decisionOf(outcome: DecisionOutcome, verdicts: Record<string, Verdict> = {}): Decision {
  const nothing = { stripped: [], viewAgeMs: 0 }
  return { ...outcome, ...nothing, verdicts: new Map(Object.entries(verdicts)) }
}

function bodyOf(decision: Decision, traceId?: string): Record<string, unknown> {
  const { body } = refusalOf(decision, { random: () => 0, traceId })
  return JSON.parse(body) as Record<string, unknown>
}

describe('the answer to a refused client', () => {
  const outdated = ['claim-changed', 'value-withdrawn', 'incarnation', 'policy-version'] as const
  const revoked = [
    'account',
    'tenant-cut-off',
    'client-cut-off',
    'key-denied',
    'issuer-denied',
    'session-denied',
    'token-denied',
  ] as const

  it.each(outdated)('that the token is stale, where %s', (reason) => {
    const verdict = staleBy(reason)
    const decision = decisionOf(outcomes.stale(verdict, {}, NOW_MS), {
      groups: verdict,
      roles: FRESH,
    })
    const { status, headers } = refusalOf(decision, { random: () => 0, traceId: undefined })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe(
      'Bearer error="invalid_token", error_description="The access token is stale"',
    )
    expect(bodyOf(decision)).toMatchObject({
      code: 'token.stale',
      claims: ['groups'],
      change: 'hr-42',
    })
  })

  it.each(revoked)(
    'that the token was revoked, and neither that it was %s nor a claim',
    (reason) => {
      const verdict = staleBy(reason)
      const decision = decisionOf(outcomes.stale(verdict, {}, NOW_MS), {
        groups: verdict,
        roles: verdict,
      })
      const refusal = refusalOf(decision, { random: () => 0, traceId: undefined })
      expect(refusal.headers['www-authenticate']).toBe(
        'Bearer error="invalid_token", error_description="The access token was revoked"',
      )
      expect(bodyOf(decision)).toEqual({
        type: 'https://freshet.dev/problems/token.revoked',
        title: 'Access token revoked',
        status: 401,
        detail: 'The access token was revoked.',
        code: 'token.revoked',
        change: 'hr-42',
      })
      expect(JSON.stringify(refusal)).not.toContain(reason)
    },
  )

  it('not which rule a token breaks, though the service is', () => {
    const decision = decisionOf(outcomes.invalid('The token breaks the rule: a kid of the issuer.'))
    expect(decision.detail).toContain('kid')
    expect(JSON.stringify(bodyOf(decision))).not.toContain('kid')
  })

  it('not which source is silent', () => {
    const decision = decisionOf(outcomes.unverified('hr is silent'), { groups: SILENT })
    const body = bodyOf(decision)
    expect(body).toMatchObject({ code: 'token.unverified', claims: ['groups'], status: 503 })
    expect(JSON.stringify(body)).not.toContain('hr')
  })

  it('the trace, where there is one', () => {
    const decision = decisionOf(outcomes.NO_TOKEN)
    expect(bodyOf(decision)).not.toHaveProperty('traceId')
    expect(bodyOf(decision, 'abc')).toMatchObject({ traceId: 'abc' })
  })

  it('when to come back: between 1 and 5 s, by chance, and only with 503', () => {
    const after = (random: number): string | undefined =>
      refusalOf(decisionOf(outcomes.unverified('')), { random: () => random, traceId: undefined })
        .headers['retry-after']
    expect([0, 0.25, 0.5, 0.75, 0.999].map(after)).toEqual(['1', '2', '3', '4', '5'])
    const { headers } = refusalOf(decisionOf(outcomes.NO_TOKEN), {
      random: () => 0,
      traceId: undefined,
    })
    expect(headers).not.toHaveProperty('retry-after')
  })
})

describe('the scheme of a challenge', () => {
  it.each([
    [{ cnf: { jkt: 'thumbprint' } }, /^DPoP error="/],
    [{ cnf: { 'x5t#S256': 'mTLS' } }, /^Bearer error="/],
    [{}, /^Bearer error="/],
  ])('a token with %j is %s', (payload, form) => {
    const refusals = [
      outcomes.stale(staleBy('claim-changed'), payload, NOW_MS),
      outcomes.stale(staleBy('account'), payload, NOW_MS),
      outcomes.insufficient(['a'], payload),
    ]
    for (const { wwwAuthenticate } of refusals) expect(wwwAuthenticate).toMatch(form)
  })
})

describe('a claims challenge', () => {
  const challengeFor = (payload: Record<string, unknown>, reason: StaleReason): string =>
    outcomes.stale(staleBy(reason), payload, NOW_MS).wwwAuthenticate ?? ''

  it.each([[['cp1']], [['x', 'cp1']], ['cp1']])('is sent to a client that accepts %j', (xms_cc) => {
    const [, claims = ''] = /claims="([^"]+)"/.exec(challengeFor({ xms_cc }, 'claim-changed')) ?? []
    expect(challengeFor({ xms_cc }, 'claim-changed')).toContain('error="insufficient_claims"')
    expect(JSON.parse(Buffer.from(claims, 'base64').toString())).toEqual({
      access_token: { nbf: { essential: true, value: '1795514400' } },
    })
  })

  it.each([[undefined], [[]], ['cp2'], [{ cp1: true }]])(
    'is not sent to one that accepts %j',
    (capabilities) => {
      const challenge = challengeFor({ xms_cc: capabilities }, 'claim-changed')
      expect(challenge).toContain('error="invalid_token"')
      expect(challenge).not.toContain('claims=')
    },
  )

  it('is not sent where a new token would not help', () => {
    expect(challengeFor({ xms_cc: ['cp1'] }, 'account')).toContain('error="invalid_token"')
  })
})
