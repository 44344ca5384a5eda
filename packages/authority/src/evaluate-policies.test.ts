import { createHash } from 'node:crypto'
import {
  EMPTY_CLAIM,
  FreshetError,
  mergeStatement,
  partitionOf,
  PARTITIONS,
  scopeKey,
  UNTOUCHED_ACCOUNT,
  type ClaimSnapshot,
  type Client,
  type JudgedToken,
  type SubjectSaid,
} from '@freshet/domain'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type AuditEntry,
  type Evaluation,
  type EvaluationAnswer,
  type SigningKey,
} from '@freshet/events'
import {
  ACME_IDP,
  approvalPolicies,
  approvalRegistry,
  APPROVE,
  ManualClock,
  REPORT,
} from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenPayload, signAccessToken } from './access-token.ts'
import { FACTS_BYTES_MAX, FACTS_DEPTH_MAX } from './ask-policies.ts'
import { evaluateAccess, type EvaluateDependencies } from './evaluate-access.ts'
import type { PolicyEngine, PolicyQuestion } from './policy-engine.ts'
import type { ValidationLook, ValidationQuery } from './validation-store.ts'

const NOW = 1_795_514_400_000
const US = 'https://tokens.example'
const alice = { tenant: 'acme', iss: ACME_IDP, sub: 'alice' }
const FRESH = { kind: 'fresh' } as const
const api: Client = {
  id: 'payments-api',
  tenant: 'acme',
  audiences: ['payments'],
  introspects: ['payments'],
  secretHash: createHash('sha256').update('secret').digest('base64url'),
}
const registry = approvalRegistry({ version: 3, clients: new Map([[api.id, api]]) })

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

const version = { epoch: 0n, n: 5n }
const saying = (source: string, ...values: readonly string[]): ClaimSnapshot => ({
  source,
  state: mergeStatement(EMPTY_CLAIM, { op: 'set', values, version }),
})

let key: SigningKey
let publicJwk: unknown
let through: Map<string, number>
let said: SubjectSaid
let watermarks: ValidationLook['watermarks']
let looks: ValidationQuery[]
let questions: PolicyQuestion[]
let audited: AuditEntry[]
let policies: PolicyEngine
beforeAll(async () => {
  const made = await generateKey('ES256', 'k1')
  key = importSigningKey(made.privateJwk)
  publicJwk = made.publicJwk
})
beforeEach(() => {
  through = new Map(['hr', 'iga', 'security'].map((source) => [source, NOW]))
  said = {
    parties: [{ account: UNTOUCHED_ACCOUNT }],
    claims: new Map([['groups', saying('hr', 'staff', 'payments-approvers')]]),
    doubts: new Set(),
    withdrawn: new Map(),
  }
  watermarks = new Map()
  looks = []
  questions = []
  audited = []
  policies = approvalPolicies()
})

function depsNow(): EvaluateDependencies {
  const clock = new ManualClock(NOW)
  const known = { e: 1n, activePv: 3, activeHash: 'ab', minimumPv: 1, throughMs: through }
  const assertions = { use: async () => true, forgetBefore: async () => 0 }
  const { clients } = registry
  return {
    validation: {
      lookToValidate: async (query) => {
        looks.push(query)
        return {
          partitions: new Map(PARTITIONS.map((number) => [number, known])),
          positions: new Map(PARTITIONS.map((number) => [number, { e: 1n, offset: 20n }])),
          watermarks,
          denials: new Map(),
          isKnown: true,
          ...(query.said === undefined ? {} : { said }),
        }
      },
    },
    policies: {
      reads: (route) => policies.reads(route),
      decide: (question) => {
        questions.push(question)
        return policies.decide(question)
      },
    },
    audit: { append: async (entries) => void audited.push(...entries) },
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: importJwks({ keys: [publicJwk] }),
    lifeMaxMs: 3_600_000,
    authentication: { clients, clientKeys: () => [], assertions, issuer: US, clock },
  }
}

const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
async function ask(
  more: Partial<Evaluation> = {},
  groups: readonly string[] = ['staff', 'payments-approvers'],
): Promise<EvaluationAnswer> {
  const jwt = signAccessToken(accessTokenPayload(token(groups), terms, registry), key)
  const authorization = `Basic ${Buffer.from('payments-api:secret').toString('base64')}`
  const question = { subject: 'alice', audience: 'payments', token: jwt, positions: [] }
  const route = { route: APPROVE, facts: { amount: 5 } }
  return evaluateAccess(
    { authorization, evaluation: { ...question, ...route, ...more } },
    depsNow(),
  )
}
const asked = { route: undefined, facts: undefined } as unknown as Partial<Evaluation>
const without = (more: Partial<Evaluation>): Partial<Evaluation> => ({ ...asked, ...more })

describe('a route with policies', () => {
  it('is allowed where they permit, with the names of those that decided', async () => {
    expect(await ask()).toEqual({
      decision: true,
      judged: { tenant: 'acme', jti: 'j1' },
      verdicts: new Map(['groups', 'holds', 'payment-tier'].map((claim) => [claim, FRESH])),
      policies: ['small amounts'],
    })
  })

  it('is denied where none permits, or one forbids, whatever the token says', async () => {
    const facts = { amount: 1_001 }
    expect(await ask({ facts })).toMatchObject({ decision: false, code: 'policy.denied' })
    said = { ...said, claims: new Map([...said.claims, ['holds', saying('security', 'payments')]]) }
    const answer = { decision: false, code: 'policy.denied', policies: ['on hold'] }
    expect(await ask()).toMatchObject(answer)
  })

  it('is decided by what the sources say now, and not by the copies in the token', async () => {
    said = { ...said, claims: new Map([['groups', saying('hr', 'staff')]]) }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.denied' })
    expect(questions[0]?.claims.get('groups')).toEqual(['staff'])
  })

  it('control: by the copies in the token the same request would be permitted', async () => {
    const claims = token(['staff', 'payments-approvers']).claims
    const question = { audience: 'payments', route: APPROVE, subject: alice, facts: { amount: 5 } }
    expect(await policies.decide({ ...question, claims })).toMatchObject({ permitted: true })
  })

  it('tells policies no value that was withdrawn (rule 6)', async () => {
    const later = { epoch: 0n, n: 6n }
    const withdrawn = new Map([['groups', new Map([['"payments-approvers"', later]])]])
    said = { ...said, withdrawn }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.denied' })
  })

  it('is denied to a token that lacks what the route requires, whatever the sources say', async () => {
    expect(await ask({}, ['staff'])).toMatchObject({ decision: false, code: 'token.insufficient' })
    expect(questions).toEqual([])
  })

  it('reads the claims of its policies in the look that judges', async () => {
    await ask()
    expect(looks).toHaveLength(1)
    expect(looks[0]?.said).toEqual({ subject: alice, claims: ['groups', 'holds', 'payment-tier'] })
    expect(looks[0]?.sources.toSorted()).toEqual(['hr', 'iga', 'security'])
  })

  it('is denied while the source of a claim that they read is silent', async () => {
    through.set('iga', NOW - 31_000)
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toMatchObject({ kind: 'unverified', source: 'iga' })
    expect(questions).toEqual([])
  })

  it('is denied while a claim that they read is in doubt (rule 20)', async () => {
    said = { ...said, doubts: new Set(['payment-tier']) }
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toEqual({ kind: 'unverified', source: 'iga' })
    expect(questions).toEqual([])
  })

  it('is stale where a claim that they read was lost after the token', async () => {
    const lost = scopeKey({ kind: 'subject', subject: alice, claim: 'payment-tier' })
    const position = { e: 1n, offset: 11n }
    watermarks = new Map([[lost, { position, source: 'iga', change: 'c9' }]])
    const { decision, verdicts } = await ask()
    expect(decision).toBe(false)
    expect(verdicts.get('payment-tier')).toMatchObject({ kind: 'stale', change: 'c9' })
    expect(questions).toEqual([])
  })

  it('is denied by an authority that is behind who asks (rule 40)', async () => {
    const positions = [{ partition: partitionOf(alice), e: 1n, offset: 21n }]
    const { decision, verdicts } = await ask({ positions })
    expect(decision).toBe(false)
    expect(verdicts.get('groups')).toMatchObject({ reason: 'authority-behind' })
    expect(questions).toEqual([])
  })
})

describe('a route without policies', () => {
  it('is allowed by what it requires, and asks no engine', async () => {
    expect(await ask({ route: REPORT })).toMatchObject({ decision: true })
    expect(await ask({ route: REPORT }, [])).toMatchObject({ code: 'token.insufficient' })
    expect([questions, looks[0]?.said]).toEqual([[], undefined])
  })

  it('that nobody declared is denied, and nothing is told of the token', async () => {
    for (const route of ['POST /approve?x', 'delete', 'constructor'])
      expect(await ask({ route })).toEqual({ decision: false, verdicts: new Map() })
    expect([looks, audited]).toEqual([[], []])
  })
})

describe('a question without a route', () => {
  it('of high risk is denied at an audience with policies: nobody could tell which are meant', async () => {
    const high = without({ claims: ['groups'], risk: 'high' })
    expect(await ask(high)).toMatchObject({ decision: false, code: 'policy.unnamed' })
    expect(audited).toMatchObject([{ detail: { code: 'policy.unnamed' } }])
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
      policies = { ...policies, decide: () => Promise.reject(new FreshetError(code, 'planned')) }
      expect(await ask()).toMatchObject({
        decision: false,
        code,
        verdicts: new Map([
          ['groups', FRESH],
          ['holds', FRESH],
          ['payment-tier', FRESH],
        ]),
      })
      expect(audited).toMatchObject([{ ref: 'j1', detail: { decision: false, code } }])
    },
  )

  it('nor what they read deny, without a look', async () => {
    const late = new FreshetError('policy.late', 'planned')
    policies = { ...policies, reads: () => Promise.reject(late) }
    expect(await ask()).toMatchObject({ decision: false, code: 'policy.late' })
    expect([looks, audited.length]).toEqual([[], 1])
  })

  it('for a reason that is nobody’s word fail, and answer nothing', async () => {
    const fault = new Error('a fault')
    policies = { ...policies, decide: () => Promise.reject(fault) }
    await expect(ask()).rejects.toBe(fault)
    policies = { ...policies, reads: () => Promise.reject(fault) }
    await expect(ask()).rejects.toBe(fault)
  })
})

it('the audit has the route and the policies that decided, and no fact, value or name', async () => {
  await ask({ facts: { amount: 777, currency: 'EUR' } })
  const claims = 'groups fresh, holds fresh, payment-tier fresh'
  const ofRoute = { route: APPROVE, policies: 'small amounts' }
  const detail = { decision: true, code: null, audience: 'payments', pv: 3, claims, ...ofRoute }
  expect(audited).toMatchObject([{ kind: 'access-decided', ref: 'j1', detail }])
  expect(JSON.stringify(audited)).not.toMatch(/777|EUR|alice|approvers/)
})
