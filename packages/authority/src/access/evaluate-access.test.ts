import {
  denialKey,
  partitionOf,
  PARTITIONS,
  scopeKey,
  type JudgedToken,
  type Position,
  type Scope,
} from '@freshet/protocol'
import {
  acmeRegistry,
  JUDGED,
  judgedToken,
  liveRecheck,
  livePartition,
  ManualClock,
  resourceServer,
  signToken,
  noLimits,
} from '@freshet/testkit'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type Evaluation,
  type EvaluationAnswer,
  type SigningKey,
} from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UsedAssertion } from '../clients/assertion-store.ts'
import { accessTokenPayload, signAccessToken } from '../mint/mint.ts'
import type { ValidationRecheck, ValidationQuery } from './decide-access.ts'
import { evaluateAccess, type EvaluateDependencies } from './evaluate-access.ts'
import { NO_POLICIES } from './policy-engine.ts'

const { atMs: NOW, issuer: US, subject: alice, cause, secret: SECRET } = JUDGED
const HERE = partitionOf(alice)
const FRESH = { kind: 'fresh' }
const BEHIND = { kind: 'unverified', source: 'freshet', reason: 'authority-behind' }

const clients = [
  resourceServer('web', []),
  resourceServer('payments-api', ['payments']),
  resourceServer('ledger-api', ['ledger']),
  resourceServer('globex-api', ['payments'], { tenant: 'globex' }),
  resourceServer('signing-api', ['payments'], { keys: 'keys/signing-api.jwks.json' }),
]
const registry = acmeRegistry({ version: 3, clients: new Map(clients.map((c) => [c.id, c])) })

const token = judgedToken()

const at = (offset: bigint, e = 1n): Position => ({ e, offset })
const knowing = (more: Partial<ValidationRecheck> = {}): ValidationRecheck => ({
  ...liveRecheck(),
  positions: new Map(PARTITIONS.map((number) => [number, at(20n)])),
  isKnown: true,
  ...more,
})
const raised = (scope: Scope): Partial<ValidationRecheck> => ({
  watermarks: new Map([[scopeKey(scope), { position: at(11n), ...cause }]]),
})
const groupsLost = raised({ kind: 'subject', subject: alice, claim: 'groups' })

let key: SigningKey
let clientKey: SigningKey
let answer: ValidationRecheck
let queries: ValidationQuery[]
let used: UsedAssertion[]
let deps: EvaluateDependencies
beforeAll(async () => {
  key = importSigningKey((await generateKey('ES256', 'k1')).privateJwk)
  clientKey = importSigningKey((await generateKey('ES256', 'api-1')).privateJwk)
})
const verifying = (of: SigningKey, kid: string) =>
  importJwks({ keys: [{ ...of.key.export({ format: 'jwk' }), kid, alg: 'ES256' }] })
beforeEach(() => {
  answer = knowing()
  queries = []
  used = []
  const clock = new ManualClock(NOW)
  const use = (assertion: UsedAssertion): Promise<boolean> => {
    const isNew = used.every(({ jti }) => jti !== assertion.jti)
    used.push(assertion)
    return Promise.resolve(isNew)
  }
  deps = {
    validation: {
      recheckToValidate: (query) => {
        queries.push(query)
        return Promise.resolve(answer)
      },
    },
    audit: { append: async () => {} },
    policies: NO_POLICIES,
    clock,
    loaded: { registry, hash: 'ab' },
    issuer: US,
    keys: verifying(key, 'k1'),
    lifeMaxMs: 3_600_000,
    authentication: {
      clients: registry.clients,
      clientKeys: (id) => (id === 'signing-api' ? verifying(clientKey, 'api-1') : []),
      assertions: { use, forgetBefore: () => Promise.resolve(0) },
      issuer: US,
      clock,
    },
  }
})

const terms = { audience: 'payments', iatMs: NOW, expMs: NOW + 300_000 }
const jwtOf = (more: Partial<JudgedToken> = {}, payload: object = {}): string =>
  signAccessToken(
    { ...accessTokenPayload({ ...token, ...more }, terms, registry), ...payload },
    key,
  )
const basic = (id: string, secret = SECRET): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const evaluate = (
  more: Partial<Evaluation> = {},
  authorization: string | undefined = basic('payments-api'),
): Promise<EvaluationAnswer> => {
  const question = { subject: 'alice', audience: 'payments', token: jwtOf(), positions: [] }
  const evaluation = { ...question, ...more }
  return evaluateAccess(
    { authorization, attempts: noLimits, readEvaluation: () => evaluation },
    deps,
  )
}
const judged = { tenant: 'acme', jti: 'j1' }

describe('a resource server that asks at run time', () => {
  it('answers that each claim it uses is fresh, by default every authoritative one', async () => {
    const allowed = { decision: true, judged, verdicts: new Map([['groups', FRESH]]) }
    expect(await evaluate({ claims: ['groups'] })).toEqual(allowed)
    expect(await evaluate()).toEqual(allowed)
  })

  it('is denied a token that is bound by cnf', async () => {
    const bound = jwtOf({}, { cnf: { jkt: 'thumbprint' } })
    const invalid = { decision: false, code: 'token.invalid' }
    expect(await evaluate({ token: bound })).toMatchObject(invalid)
  })

  it('is denied what is stale, with the change behind it', async () => {
    answer = knowing(groupsLost)
    expect(await evaluate({ claims: ['groups', 'department'] })).toEqual({
      decision: false,
      judged,
      verdicts: new Map<string, unknown>([
        ['groups', { kind: 'stale', reason: 'claim-changed', change: 'c9' }],
        ['department', FRESH],
      ]),
    })
  })

  it('has claims judged that the token lacks, by all that can take them away (rule 24)', async () => {
    const lost: Scope = { kind: 'subject', subject: alice, claim: 'entitlements' }
    answer = knowing(raised(lost))
    const { verdicts } = await evaluate({ claims: ['entitlements'] })
    expect(verdicts.get('entitlements')).toMatchObject({ kind: 'stale' })
    expect(queries[0]?.scopeKeys).toContain(scopeKey(lost))
    expect(queries[0]?.sources).toContain('iga')
  })

  it('may ask about the token itself', async () => {
    expect(await evaluate({ claims: [''] })).toMatchObject({ decision: true })
    answer = knowing({
      denials: new Map([[denialKey({ tenant: 'acme', kind: 'token', id: 'j1' }), cause]]),
    })
    const { verdicts } = await evaluate({ claims: [''] })
    expect(verdicts.get('')).toMatchObject({ reason: 'token-denied' })
  })

  it('is denied while another policy version is active (rule 21)', async () => {
    const other = livePartition({ activeHash: 'cd' })
    answer = knowing({ partitions: new Map(PARTITIONS.map((number) => [number, other])) })
    expect(await evaluate()).toMatchObject({ decision: false })
  })

  it('is denied what its source is silent about: a late source is not repaired here', async () => {
    const quiet = livePartition({ throughMs: new Map([['hr', NOW - 5_001]]) })
    answer = knowing({ partitions: new Map(PARTITIONS.map((number) => [number, quiet])) })
    const { decision, verdicts } = await evaluate({ claims: ['groups'] })
    expect(decision).toBe(false)
    expect(verdicts.get('groups')).toEqual({
      kind: 'unverified',
      source: 'hr',
      sinceMs: NOW - 5_001,
    })
  })
})

describe('rule 40: the positions of who asks', () => {
  it('are reached by an authority that vouches', async () => {
    const positions = [HERE, 0].map((number) => ({ partition: number, ...at(20n) }))
    expect(await evaluate({ positions })).toMatchObject({ decision: true })
  })

  it('are read in the look that judges, for every partition named', async () => {
    const elsewhere = HERE === 6 ? 5 : 6
    await evaluate({ positions: [{ partition: elsewhere, ...at(1n) }] })
    expect(queries).toHaveLength(1)
    expect(queries[0]?.partitions).toEqual(expect.arrayContaining([0, HERE, elsewhere]))
    expect(queries[0]).toMatchObject({
      identity: { jti: 'j1' },
      expMs: terms.expMs,
      tenant: 'acme',
    })
  })

  it.each([
    ['an offset', at(21n)],
    ['an incarnation', at(0n, 2n)],
  ])('that are ahead by %s are a denial', async (_, ahead) => {
    const positions = [{ partition: HERE, ...ahead }]
    expect(await evaluate({ claims: ['groups'], positions })).toEqual({
      decision: false,
      judged,
      verdicts: new Map([['groups', BEHIND]]),
    })
  })

  it('that are ahead leave stale what is stale', async () => {
    answer = knowing(groupsLost)
    const positions = [{ partition: HERE, ...at(99n) }]
    expect((await evaluate({ positions })).verdicts.get('groups')).toMatchObject({ kind: 'stale' })
  })

  it('can be behind the token itself without a question about it', async () => {
    const parties = [{ subject: alice, label: { e: 1n, s: 21n, c: 5n } }] as const
    const { verdicts } = await evaluate({ token: jwtOf({ parties }) })
    expect(verdicts.get('groups')).toEqual(BEHIND)
  })
})

describe('a token is invalid, so that clients ask for a new one,', () => {
  const invalid = { decision: false, code: 'token.invalid', verdicts: new Map() }

  it('that the ledger does not know', async () => {
    answer = knowing({ isKnown: false })
    expect(await evaluate()).toEqual({ ...invalid, judged })
  })

  it.each<[string, object]>([
    ['that has expired', { exp: NOW / 1_000 }],
    ['of the future', { iat: NOW / 1_000 + 3 }],
    ['that lives longer than T_max (rule 25)', { exp: NOW / 1_000 + 3_601 }],
  ])('%s, without a look', async (_, payload) => {
    expect(await evaluate({ token: jwtOf({}, payload) })).toEqual({ ...invalid, judged })
    expect(queries).toEqual([])
  })

  it.each<[string, Partial<Evaluation>, string]>([
    ['of another audience', { audience: 'ledger' }, 'ledger-api'],
    ['of another tenant', {}, 'globex-api'],
    ['of another subject than the one named', { subject: 'bob' }, 'payments-api'],
  ])('%s, and the answer has no reason', async (_, more, by) => {
    expect(await evaluate(more, basic(by))).toEqual(invalid)
    expect(queries).toEqual([])
  })

  it('that is none of ours, and the answer has nothing about it', async () => {
    for (const none of ['a.b.c', `${jwtOf()}x`])
      expect(await evaluate({ token: none })).toEqual(invalid)
    expect(queries).toEqual([])
  })
})

describe('a question', () => {
  it('without a token, or about something else, is denied', async () => {
    const missing = { decision: false, code: 'token.missing', verdicts: new Map() }
    expect(await evaluate({ token: '' })).toEqual(missing)
    const authorization = basic('payments-api')
    const other = { authorization, attempts: noLimits, readEvaluation: () => undefined }
    expect(await evaluateAccess(other, deps)).toEqual({ decision: false, verdicts: new Map() })
  })

  it.each([
    ['nobody', undefined],
    ['somebody with a wrong secret', basic('payments-api', 'no')],
    ['a bearer of an access token', 'Bearer a.b.c'],
  ])('by %s is neither read nor answered', async (_, authorization) => {
    const readEvaluation = (): never => expect.unreachable('The question is read.')
    const request = { authorization, attempts: noLimits, readEvaluation }
    await expect(evaluateAccess(request, deps)).rejects.toMatchObject({
      code: 'request.unauthenticated',
    })
  })

  it.each(['web', 'ledger-api'])(
    'by %s, no resource server of the audience, is refused',
    async (by) => {
      await expect(evaluate({}, basic(by))).rejects.toMatchObject({ code: 'request.forbidden' })
      expect(queries).toEqual([])
    },
  )

  it('may be signed for: the assertion is the bearer token, and serves once (RFC 7523)', async () => {
    const exp = NOW / 1_000 + 60
    const claims = { iss: 'signing-api', sub: 'signing-api', aud: US, exp, jti: 'a1' }
    const signed = `Bearer ${signToken({ alg: 'ES256', kid: 'api-1' }, claims, clientKey)}`
    expect(await evaluate({}, signed)).toMatchObject({ decision: true })
    await expect(evaluate({}, signed)).rejects.toMatchObject({ code: 'request.unauthenticated' })
  })

  it('that cannot be answered fails, and the error has nothing about the token', async () => {
    const away = new Error('away')
    deps = { ...deps, validation: { recheckToValidate: () => Promise.reject(away) } }
    await expect(evaluate()).rejects.toBe(away)
  })
})
