import { partitionOf, type Verdict } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  edgesIn,
  edgeWorld,
  sayingOf,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import type { ExpressRequest } from './frameworks/express.ts'
import type { RefusedCode, Validator } from './validator.ts'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const FRESH = { kind: 'fresh' } as const
const require = { groups: ['payments-approvers'] }
const route = 'POST /approve'
const facts = { amount: 5 }

/** An authority that finds everything fresh, and whose route refuses the request. */
const refusing = (refused: RefusedCode): Validator => ({
  validate: async (question) => ({ ...sayingOf(question, FRESH), verdicts: new Map(), refused }),
})

describe('a route that is named', () => {
  it('is asked of the authority with the facts of the request, whatever risk was written', async () => {
    const validator = answeringValidator(FRESH)
    const edge = await edges.live({ validator })
    const token = world.token()
    const allowed = { decision: 'allow', validated: true }
    expect(await edge.decide({ token, require, route, facts })).toMatchObject(allowed)
    expect(validator.questions).toMatchObject([{ claims: ['groups'], route, facts, risk: 'high' }])
  })

  it('is denied where there is no authority', async () => {
    const edge = await edges.live()
    const decision = await edge.decide({ token: world.token(), require, route, facts })
    expect(decision).toMatchObject({ decision: 'deny', status: 503, code: 'token.unverified' })
  })

  it('control: one that is not named is no question of high risk', async () => {
    const validator = answeringValidator(FRESH)
    const edge = await edges.live({ validator })
    expect(await edge.decide({ token: world.token(), require })).toMatchObject({
      decision: 'allow',
    })
    expect(await edge.decide({ token: world.token(), require, risk: 'high' })).toMatchObject({
      decision: 'allow',
    })
    expect(validator.questions).toHaveLength(1)
    expect(validator.questions[0]).toMatchObject({ risk: 'high' })
    expect(validator.questions[0]).not.toHaveProperty('route')
  })

  it('is enforced always: it cannot be observed', async () => {
    const edge = await edges.live({ validator: answeringValidator(FRESH) })
    const observed = { token: world.token(), route, enforce: 'observe until 2100-01-01' }
    await expect(edge.decide(observed)).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it.each<[RefusedCode, number]>([
    ['policy.denied', 403],
    ['policy.context', 403],
    ['policy.unnamed', 403],
    ['policy.failed', 503],
    ['policy.late', 503],
    ['token.insufficient', 403],
  ])('that refuses with %s is denied with %i, though everything is fresh', async (code, status) => {
    const edge = await edges.live({ validator: refusing(code) })
    const decision = await edge.decide({ token: world.token(), require, route, facts })
    expect(decision).toMatchObject({ decision: 'deny', status, code })
    expect(decision.verdicts.get('groups')).toEqual(FRESH)
    const { headers, body } = edge.refusal(decision)
    expect(JSON.parse(body)).toMatchObject({ status, code, title: expect.any(String) })
    expect('retry-after' in headers).toBe(status === 503)
  })

  it('is stale where a claim went that its policies read, asked about here or not', async () => {
    const lost = { kind: 'stale', reason: 'claim-changed', change: 'iga-7' } as const
    const validate: Validator['validate'] = async (question) => ({
      ...sayingOf(question, FRESH),
      verdicts: new Map([['entitlements', lost]]),
    })
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, route, facts })
    expect(decision).toMatchObject({ decision: 'deny', status: 401, code: 'token.stale' })
    expect(decision.verdicts.get('entitlements')).toEqual(lost)
  })

  it('is unverified if no source confirms a claim that its policies read', async () => {
    const silent = { kind: 'unverified', source: 'iga' } as const
    const validate: Validator['validate'] = async (question) => {
      const verdicts = new Map<string, Verdict>([
        ['groups', FRESH],
        ['entitlements', silent],
      ])
      return { ...sayingOf(question, FRESH), verdicts }
    }
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, route, facts })
    expect(decision).toMatchObject({ decision: 'deny', status: 503, code: 'token.unverified' })
    expect(decision.verdicts.get('entitlements')).toEqual(silent)
  })

  it('rule 40: that refuses hides no claim that went stale meanwhile', async () => {
    const validate: Validator['validate'] = async (question) => {
      await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
      await world.clock.advance(0)
      return { ...sayingOf(question, FRESH), refused: 'policy.denied' }
    }
    const edge = await edges.live({ validator: { validate } })
    const decision = await edge.decide({ token: world.token(), require, route, facts })
    expect(decision).toMatchObject({ decision: 'deny', status: 401, code: 'token.stale' })
  })
})

describe('a hook before a route', () => {
  interface Body {
    readonly body: { readonly amount: number }
  }
  const factsOf = ({ body }: Body) => ({ amount: body.amount })
  const asking = async (): Promise<readonly [Edge, ReturnType<typeof answeringValidator>]> => {
    const validator = answeringValidator(FRESH)
    return [await edges.live({ validator }), validator]
  }
  const request = () => ({
    headers: { authorization: `Bearer ${world.token()}` },
    body: { amount: 5 },
  })
  const response = () => ({ statusCode: 0, setHeader: () => undefined, end: () => undefined })

  it('an adapter of Express passes the facts of its request', async () => {
    const [edge, { questions }] = await asking()
    const handler = edge.express<ExpressRequest & Body>({ require, route, facts: factsOf })
    await new Promise<void>((next) => handler(request(), response(), () => next()))
    expect(questions).toMatchObject([{ route, facts }])
  })

  it('the adapters of Fastify and of Hono do so too', async () => {
    const [edge, { questions }] = await asking()
    const reply = { code: () => undefined, headers: () => undefined, send: () => undefined }
    await edge.fastify({ route, facts: (sent) => factsOf(sent as unknown as Body) })(
      request(),
      reply,
    )
    const { headers, body } = request()
    const context = {
      req: {
        header: (name: string) => (name === 'authorization' ? headers.authorization : undefined),
      },
      set: () => undefined,
      body,
    }
    await edge.hono({ route, facts: async (sent) => factsOf(sent as unknown as Body) })(
      context,
      async () => undefined,
    )
    expect(questions).toMatchObject([{ facts }, { facts }])
  })

  it('lets no request through whose facts cannot be read', async () => {
    const [edge, { questions }] = await asking()
    const fault = new Error('no body')
    const handler = edge.express({
      route,
      facts: () => {
        throw fault
      },
    })
    const passedError = await new Promise((next) => handler(request(), response(), next))
    expect([passedError, questions]).toEqual([fault, []])
  })
})
