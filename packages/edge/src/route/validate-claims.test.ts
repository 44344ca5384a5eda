import { partitionOf, type Verdict } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  EDGE_AUDIENCE,
  edgesIn,
  edgeWorld,
  sayingOf,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import type { VerifiedToken } from '../token/token-claims.ts'
import { decide, type DecideContext } from './decide.ts'
import type { Validator } from './validator.ts'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const require = { groups: ['payments-approvers'] }
const FRESH = { kind: 'fresh' } as const

describe('a high-risk route', () => {
  const risk = 'high' as const

  it('denies without a validator, and states the reason', async () => {
    const edge = await edges.live()
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.detail).toBe(
      'high-risk routes and claims of the policy validate need run-time validation, and this edge has no authority',
    )
    expect(decision.verdicts.get('groups')).toEqual({ kind: 'unverified', source: 'freshet' })
  })

  it('asks the authority even when all is fresh here, for each request anew', async () => {
    const validator = answeringValidator(FRESH)
    const edge = await edges.live({ validator })
    const token = world.token()
    const allowed = { decision: 'allow', validated: true }
    expect(await edge.decide({ token, require, risk })).toMatchObject(allowed)
    expect(await edge.decide({ token, require, risk })).toMatchObject(allowed)
    expect(validator.questions).toHaveLength(2)
    expect(await edge.decide({ token, require })).not.toHaveProperty('validated')
  })

  it('asks once for each of many requests at the same time: an answer serves one', async () => {
    const validator = answeringValidator(FRESH)
    const edge = await edges.live({ validator })
    const question = { token: world.token(), require, risk }
    await Promise.all([1, 2, 3].map(() => edge.decide(question)))
    expect(validator.questions).toHaveLength(3)
  })

  it.each([
    ['token', { jti: 'another' }],
    ['tenant', { tenant: 'globex' }],
  ])('denies when the authority answers about another %s', async (_, other) => {
    const validate: Validator['validate'] = async (question) => ({
      ...sayingOf(question, FRESH),
      ...other,
    })
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.detail).toBe('The authority answered about another token.')
  })

  it('challenges a token that the authority does not know, so that clients ask for a new one', async () => {
    const validate: Validator['validate'] = async (question) => ({
      ...sayingOf(question, FRESH),
      isKnown: false,
      verdicts: new Map(),
    })
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'challenge', status: 401, code: 'token.invalid' })
    expect(decision.wwwAuthenticate).toContain('error="invalid_token"')
  })

  it('denies, naming that the authority is behind', async () => {
    const behind = { kind: 'unverified', source: 'freshet', reason: 'authority-behind' } as const
    const edge = await edges.live({ validator: answeringValidator(behind) })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.verdicts.get('groups')).toEqual(behind)
  })

  it('believes an authority that knows of a revocation before this edge', async () => {
    const verdict = { kind: 'stale', reason: 'account', change: 'hr-9' } as const
    const edge = await edges.live({ validator: answeringValidator(verdict) })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', status: 401, code: 'token.revoked' })
  })

  it.each<readonly [string, Validator['validate']]>([
    [
      'answers nothing',
      async (question) => ({ ...sayingOf(question, FRESH), verdicts: new Map() }),
    ],
    ['fails', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
  ])('denies when the authority %s', async (_, validate) => {
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
  })

  it('waits a second for the authority and no longer', async () => {
    let isAborted = false
    const validate: Validator['validate'] = (_, signal) => {
      signal.addEventListener('abort', () => (isAborted = true), { once: true })
      return new Promise(() => undefined)
    }
    const edge = await edges.live({ validator: { validate } })
    const decided = edge.decide({ token: world.token(), require, risk })
    await world.clock.advance(0)
    await world.clock.advance(1_000)
    expect(await decided).toMatchObject({ decision: 'deny', status: 503 })
    expect(isAborted).toBe(true)
  })

  it('denies at once beyond the number of questions in flight', async () => {
    let calls = 0
    const validate = (): Promise<never> => {
      calls += 1
      return new Promise(() => undefined)
    }
    const edge = await edges.live({ validator: { validate } })
    const token = world.token()
    await edge.verify(token)
    const waiting = Array.from({ length: 64 }, () => edge.decide({ token, require, risk }))
    await world.clock.advance(0)
    expect(await edge.decide({ token, require, risk })).toMatchObject({ decision: 'deny' })
    expect(calls).toBe(64)
    await world.clock.advance(1_000)
    await Promise.all(waiting)
  })
})

describe('rule 40: validation never overturns stale', () => {
  const risk = 'high' as const

  it('a stale token is refused without asking', async () => {
    const validator = answeringValidator(FRESH)
    const edge = await edges.live({ validator })
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    expect(await edge.decide({ token, require, risk })).toMatchObject({ code: 'token.stale' })
    expect(validator.questions).toEqual([])
  })

  it('nor is one let in that went stale while the authority thought', async () => {
    const validate: Validator['validate'] = async (question) => {
      await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
      await world.clock.advance(0)
      return sayingOf(question, FRESH)
    }
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, risk })
    expect(decision).toMatchObject({ decision: 'deny', code: 'token.stale' })
  })

  const stale: Verdict = { kind: 'stale', reason: 'claim-changed', change: 'hr-42' }
  /** Deciding over a judge that answers so, in turn, and an authority that calls all fresh. */
  const decided = async (...verdicts: readonly Verdict[]): Promise<string> => {
    const [tenant, jti] = [ALICE.tenant, 't1']
    const claims = new Map([['groups', ['a']]])
    const token = { tenant, jti, parties: [{ subject: ALICE }], claims }
    const verified = { text: 'token', token, payload: {} } as unknown as VerifiedToken
    const rest = [...verdicts]
    const judge = {
      judgeClaim: () => rest.shift() ?? FRESH,
      usedBy: () => [],
      restrictionsOn: () => [],
      clock: world.clock,
    }
    const context: DecideContext = {
      knowledge: { map: world.map, view: () => undefined } as unknown as EdgeKnowledge,
      judge,
      accept: () => Promise.resolve(verified),
      proofs: [],
      audience: EDGE_AUDIENCE,
      ask: (query) => {
        const fresh = new Map(query.claims.map((claim) => [claim, FRESH]))
        const answer = { tenant, jti, isKnown: true, verdicts: fresh }
        return Promise.resolve({ kind: 'answered', answer })
      },
      viewAgeMs: () => 0,
    }
    const question = { token: 'token', require: { groups: ['a'] }, risk }
    return (await decide(question, context)).decision
  }

  it('control of rule 40: asked about what is stale, or not judged again after, the answer lets it in', async () => {
    const silent: Verdict = { kind: 'unverified', source: 'hr' }
    expect(await decided(stale)).toBe('deny')
    expect(await decided(FRESH, stale)).toBe('deny')
    expect(await decided(silent, silent)).toBe('allow')
    expect(await decided(FRESH, FRESH)).toBe('allow')
  })
})
