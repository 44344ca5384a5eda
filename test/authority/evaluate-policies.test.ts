import { FreshetError, partitionOf, scopeKey, type JudgedToken } from '@freshet/protocol'
import { APPROVE, REPORT } from '@freshet/testkit'
import type { Evaluation, EvaluationAnswer } from '@freshet/wire'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  FACTS_BYTES_MAX,
  FACTS_DEPTH_MAX,
} from '../../packages/authority/src/access/decide-access.ts'
import {
  alice,
  evaluationWorld,
  NOW,
  stating,
  US,
  type EvaluationWorld,
} from './evaluation-world.ts'

const FRESH = { kind: 'fresh' } as const

const token = (groups: readonly string[]): JudgedToken => ({
  tenant: 'acme',
  issuer: US,
  kid: 'k1',
  jti: 'j1',
  client: 'web',
  pv: 3,
  parties: [{ subject: alice, label: { e: 1n, s: 10n, c: 5n } }],
  claims: new Map([['groups', groups]]),
})

let world: EvaluationWorld
beforeEach(async () => {
  world = await evaluationWorld()
})

const ask = (
  more: Partial<Evaluation> = {},
  groups: readonly string[] = ['staff', 'payments-approvers'],
): Promise<EvaluationAnswer> =>
  world.ask(token(groups), { route: APPROVE, facts: { amount: 5 }, ...more })
const unset = { route: undefined, facts: undefined } as unknown as Partial<Evaluation>
const without = (more: Partial<Evaluation>): Partial<Evaluation> => ({ ...unset, ...more })

describe('a route with policies', () => {
  it('is allowed where they permit, with the names of those that decided', async () => {
    expect(await ask()).toEqual({
      decision: true,
      judged: { tenant: 'acme', jti: 'j1' },
      verdicts: new Map(['groups', 'holds', 'payment-tier'].map((claim) => [claim, FRESH])),
      policies: ['small amounts'],
    })
  })

  it('is denied if none permits, or one forbids, whatever the token contains', async () => {
    const facts = { amount: 1_001 }
    expect(await ask({ facts })).toMatchObject({ decision: false, code: 'policy.denied' })
    world.state = {
      ...world.state,
      claims: new Map([...world.state.claims, ['holds', stating('security', 'payments')]]),
    }
    const answer = { decision: false, code: 'policy.denied', policies: ['on hold'] }
    expect(await ask()).toMatchObject(answer)
  })

  it('is decided by the present values of the sources, and not by the copies in the token', async () => {
    world.state = { ...world.state, claims: new Map([['groups', stating('hr', 'staff')]]) }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.denied' })
    expect(world.questions[0]?.claims.get('groups')).toEqual(['staff'])
  })

  it('control: by the copies in the token the same request would be permitted', async () => {
    const claims = token(['staff', 'payments-approvers']).claims
    const question = {
      audience: 'payments',
      route: APPROVE,
      subject: alice,
      actors: [],
      facts: { amount: 5 },
    }
    expect(await world.policies.decide({ ...question, claims })).toMatchObject({ permitted: true })
  })

  it('gives policies no value that was withdrawn (rule 6)', async () => {
    const later = { epoch: 0n, n: 6n }
    const withdrawn = new Map([['groups', new Map([['"payments-approvers"', later]])]])
    world.state = { ...world.state, withdrawn }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.denied' })
  })

  it('is denied to a token that lacks the required values, in spite of the sources', async () => {
    expect(await ask({}, ['staff'])).toMatchObject({ decision: false, code: 'token.insufficient' })
    expect(world.questions).toEqual([])
  })

  it('reads the claims of its policies in the look that judges', async () => {
    await ask()
    expect(world.rechecks).toHaveLength(1)
    expect(world.rechecks[0]?.wantedState).toEqual({
      parties: [alice],
      claims: ['groups', 'holds', 'payment-tier'],
    })
    expect(world.rechecks[0]?.sources.toSorted()).toEqual(['hr', 'iga', 'security'])
  })

  it('is denied while the source of a claim that they read is silent', async () => {
    world.through.set('iga', NOW - 31_000)
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toMatchObject({ kind: 'unverified', source: 'iga' })
    expect(world.questions).toEqual([])
  })

  it('is denied while a claim that they read is in doubt (rule 20)', async () => {
    world.state = { ...world.state, doubts: new Set(['payment-tier']) }
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toEqual({ kind: 'unverified', source: 'iga' })
    expect(world.questions).toEqual([])
  })

  it('is stale where a claim that they read was lost after the token', async () => {
    const lost = scopeKey({ kind: 'subject', subject: alice, claim: 'payment-tier' })
    const position = { e: 1n, offset: 11n }
    world.watermarks = new Map([[lost, { position, source: 'iga', change: 'c9' }]])
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toMatchObject({ kind: 'stale', change: 'c9' })
    expect(world.questions).toEqual([])
  })

  it('is denied by an authority that is behind who asks (rule 40)', async () => {
    const positions = [{ partition: partitionOf(alice), e: 1n, offset: 21n }]
    const { decision, verdicts } = await ask({ positions })
    expect(decision).toBe(false)
    expect(verdicts.get('groups')).toMatchObject({ reason: 'authority-behind' })
    expect(world.questions).toEqual([])
  })
})

describe('a route without policies', () => {
  it('is allowed by what it requires, and asks no engine', async () => {
    expect(await ask({ route: REPORT })).toMatchObject({ decision: true })
    expect(await ask({ route: REPORT }, [])).toMatchObject({ code: 'token.insufficient' })
    expect([world.questions, world.rechecks[0]?.wantedState]).toEqual([[], undefined])
  })

  it('that is not declared is denied, and the answer reveals nothing about the token', async () => {
    for (const route of ['POST /approve?x', 'delete', 'constructor'])
      expect(await ask({ route })).toEqual({ decision: false, verdicts: new Map() })
    expect([world.rechecks, world.audited]).toEqual([[], []])
  })
})

describe('a question without a route', () => {
  it('of high risk is denied at an audience with policies, because the intended ones are unknown', async () => {
    const high = without({ claims: ['groups'], risk: 'high' })
    expect(await ask(high)).toMatchObject({ decision: false, code: 'policy.unnamed' })
    expect(world.audited).toMatchObject([{ detail: { code: 'policy.unnamed' } }])
  })

  it('control: of another risk it is about claims alone', async () => {
    expect(await ask(without({ claims: ['groups'] }))).toMatchObject({ decision: true })
  })
})

describe('policies that cannot be asked', () => {
  const nested = (depth: number): object => (depth === 0 ? {} : { in: nested(depth - 1) })
  it.each<[string, Evaluation['facts']]>([
    ['too large', { amount: 5, currency: 'x'.repeat(FACTS_BYTES_MAX) }],
    ['too large in UTF-8', { amount: 5, currency: 'ü'.repeat(FACTS_BYTES_MAX / 2) }],
    ['nested too deep', { amount: nested(FACTS_DEPTH_MAX) }],
    ['not there', undefined],
  ])('because of facts that are %s deny the request', async (_, facts) => {
    const more = { facts } as Partial<Evaluation>
    expect(await ask(more)).toMatchObject({ decision: false, code: 'policy.context' })
  })

  it.each(['policy.failed', 'policy.late'] as const)(
    'with %s deny, and the audit has it',
    async (code) => {
      world.policies = {
        ...world.policies,
        decide: () => Promise.reject(new FreshetError(code, 'planned')),
      }
      expect(await ask()).toMatchObject({
        decision: false,
        code,
        verdicts: new Map([
          ['groups', FRESH],
          ['holds', FRESH],
          ['payment-tier', FRESH],
        ]),
      })
      expect(world.audited).toMatchObject([{ ref: 'j1', detail: { decision: false, code } }])
    },
  )

  it('nor what they read deny, without a look', async () => {
    const late = new FreshetError('policy.late', 'planned')
    world.policies = { ...world.policies, reads: () => Promise.reject(late) }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.late' })
    expect([world.rechecks, world.audited.length]).toEqual([[], 1])
  })

  it('fail for an unexpected error, and answer nothing', async () => {
    const fault = new Error('a fault')
    world.policies = { ...world.policies, decide: () => Promise.reject(fault) }
    await expect(ask()).rejects.toBe(fault)
    world.policies = { ...world.policies, reads: () => Promise.reject(fault) }
    await expect(ask()).rejects.toBe(fault)
  })
})

it('the audit has the route and the policies that decided, and no fact, value or name', async () => {
  await ask({ facts: { amount: 777, currency: 'EUR' } })
  const claims = 'groups fresh, holds fresh, payment-tier fresh'
  const ofRoute = { route: APPROVE, policies: 'small amounts' }
  const detail = { decision: true, code: null, audience: 'payments', pv: 3, claims, ...ofRoute }
  expect(world.audited).toMatchObject([{ kind: 'access-decided', ref: 'j1', detail }])
  expect(JSON.stringify(world.audited)).not.toMatch(/777|EUR|alice|approvers/)
})
