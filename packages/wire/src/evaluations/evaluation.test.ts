import type { Verdict } from '@freshet/protocol'
import { describe, expect, it } from 'vitest'
import {
  decodeEvaluation,
  decodeEvaluationAnswer,
  encodeEvaluation,
  encodeEvaluationAnswer,
  type Evaluation,
} from './evaluation.ts'
import { evaluationSchema, type WireEvaluation } from './evaluation-schema.ts'

const LARGE = 9_007_199_254_740_993n
const evaluation: Evaluation = {
  subject: 'alice',
  audience: 'payments',
  token: 'a.b.c',
  claims: ['groups'],
  positions: [{ partition: 3, e: 1n, offset: LARGE }],
}

const sent = (what: unknown): unknown => JSON.parse(JSON.stringify(what))
const read = (wire: unknown): Evaluation | undefined =>
  decodeEvaluation(evaluationSchema.parse(sent(wire)))
const isReadable = (wire: unknown): boolean => evaluationSchema.safeParse(wire).success

describe('an access evaluation (AuthZEN 1.0)', () => {
  it.each([
    ['of claims', evaluation],
    ['of the token itself', { ...evaluation, claims: [''] }],
    ['without positions', { ...evaluation, positions: [] }],
  ])('%s is read as it was written, positions beyond exact numbers too', (_, each) => {
    expect(read(encodeEvaluation(each))).toEqual(each)
  })

  it('has a subject, an action and a resource, and ignores members that it does not know', () => {
    const wire = encodeEvaluation(evaluation)
    expect(read({ ...wire, options: {}, subject: { ...wire.subject, properties: {} } })).toEqual(
      evaluation,
    )
    for (const member of ['subject', 'action', 'resource'])
      expect(isReadable({ ...wire, [member]: undefined })).toBe(false)
  })

  it('of a route is read as it was written, with the facts of the request beside our own members', () => {
    const facts = { amount: 5, currency: 'EUR', tags: ['a'] }
    const question = { ...evaluation, route: 'POST /approve', facts, risk: 'high' as const }
    const wire = encodeEvaluation(question)
    expect(wire.action).toEqual({ name: 'POST /approve', properties: { risk: 'high' } })
    expect(wire.context).toMatchObject({ ...facts, token: 'a.b.c' })
    expect(read(wire)).toEqual(question)
  })

  it('has no fact that stands for a member of ours', () => {
    const facts = { token: 'x', claims: [], positions: [], amount: 5 }
    const question = { ...evaluation, route: 'POST /approve', facts }
    expect(read(encodeEvaluation(question))).toEqual({ ...question, facts: { amount: 5 } })
  })

  it('takes every other action than the use of claims for a route, and what is no audience for nothing', () => {
    const wire = encodeEvaluation(evaluation)
    expect(read({ ...wire, action: { name: 'delete' } })).toMatchObject({ route: 'delete' })
    expect(read({ ...wire, resource: { type: 'payment', id: 'payments' } })).toBeUndefined()
  })

  it('asks about no token without a context', () => {
    const { subject, action, resource } = encodeEvaluation(evaluation)
    expect(read({ subject, action, resource })).toEqual({
      subject: 'alice',
      audience: 'payments',
      token: '',
      positions: [],
    })
  })

  const context = (more: object): WireEvaluation => {
    const wire = encodeEvaluation(evaluation)
    return { ...wire, context: { ...wire.context, ...more } }
  }
  const at = (partition: number, offset: unknown = '1') => ({ partition, e: '1', offset })
  it.each([
    ['65 claims', { claims: Array.from({ length: 65 }, (_, n) => `claim-${n}`) }],
    ['a claim that nothing may be called', { claims: ['__proto__'] }],
    ['a token beyond 8 KiB', { token: 'x'.repeat(8_193) }],
    ['eight positions', { positions: Array.from({ length: 8 }, (_, n) => at(n)) }],
    ['a partition twice', { positions: [at(1), at(1)] }],
    ['a partition that there is not', { positions: [at(7)] }],
    ['an offset that is a number', { positions: [at(1, 5)] }],
    ['a negative offset', { positions: [at(1, '-1')] }],
  ])('with %s is refused', (_, more) => {
    expect(isReadable(context({}))).toBe(true)
    expect(isReadable(context(more))).toBe(false)
  })
})

describe('the answer to an evaluation', () => {
  const judged = { tenant: 'acme', jti: 'j1' }
  const verdicts: readonly (readonly [string, Verdict])[] = [
    ['groups', { kind: 'stale', reason: 'account', change: 'hr-9' }],
    ['roles', { kind: 'unverified', source: 'hr', sinceMs: 1_795_514_400_000 }],
    ['scopes', { kind: 'unverified', source: 'freshet', reason: 'authority-behind' }],
    ['', { kind: 'stale', reason: 'token-denied' }],
  ]

  it('is read as it was written', () => {
    const allowed = {
      decision: true,
      judged,
      verdicts: new Map([['groups', { kind: 'fresh' } as const]]),
    }
    const denied = { decision: false, judged, verdicts: new Map(verdicts) }
    const unknown = { decision: false, code: 'token.invalid' as const, verdicts: new Map() }
    const held = { ...allowed, held: ['groups'] }
    const by = { policies: ['policies/a.cedar:3', 'on hold'] }
    const forbidden = { ...unknown, code: 'policy.denied' as const, judged, ...by }
    for (const answer of [allowed, held, denied, unknown, forbidden])
      expect(decodeEvaluationAnswer(sent(encodeEvaluationAnswer(answer)))).toEqual(answer)
  })

  it('that denies vouches for nothing, whatever stands in it', () => {
    const claims = { groups: { verdict: 'fresh' }, roles: { verdict: 'unverified', source: 'hr' } }
    const answer = decodeEvaluationAnswer({ decision: false, context: { ...judged, claims } })
    expect([...(answer?.verdicts.keys() ?? [])]).toEqual(['roles'])
  })

  it.each([
    ['no decision', { context: judged }],
    ['a decision that is no boolean', { decision: 'true' }],
    [
      'a verdict of no kind',
      { decision: true, context: { claims: { groups: { verdict: 'ok' } } } },
    ],
    [
      'a reason that this build does not know',
      { decision: false, context: { claims: { groups: { verdict: 'stale', reason: 'mood' } } } },
    ],
    ['a list', []],
  ])('with %s is none', (_, json) => {
    expect(decodeEvaluationAnswer(json)).toBeUndefined()
  })
})
