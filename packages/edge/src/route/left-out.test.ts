import { partitionOf, type ClaimMap, type Verdict } from '@freshet/protocol'
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
import type { ValidationAnswer, ValidationQuestion, Validator } from './validator.ts'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

const FRESH = { kind: 'fresh' } as const
const leftOut: Verdict = { kind: 'unverified', source: 'freshet', reason: 'omitted-over' }
const require = { groups: ['payments-approvers'] }
const omitted = new Map([['groups', 'over']] as const)
const tokenWithout = (): string => world.token({ omitted, claims: { groups: undefined } })

/** Answers as an authority that knows of claims that are left out. */
const holding = (
  more: Partial<ValidationAnswer>,
): Validator & { questions: ValidationQuestion[] } => {
  const questions: ValidationQuestion[] = []
  const validate: Validator['validate'] = async (question) => {
    questions.push(question)
    return { ...sayingOf(question, FRESH), ...more }
  }
  return { questions, validate }
}

describe('a claim that the token names as left out', () => {
  it('is unverified to a route that requires it, which does not learn that the holder lacks it', async () => {
    const edge = await edges.live()
    const decision = await edge.decide({ token: tokenWithout(), require })
    expect(decision).toMatchObject({ decision: 'deny', status: 503, code: 'token.unverified' })
    expect(decision.verdicts).toEqual(new Map([['groups', leftOut]]))
  })

  it('control: absent and not named, it is an empty set, and the holder lacks what is required', async () => {
    const edge = await edges.live()
    const token = world.token({ claims: { groups: undefined } })
    const insufficient = { status: 403, code: 'token.insufficient' }
    expect(await edge.decide({ token, require })).toMatchObject(insufficient)
  })

  it('is used by a route that names no claims, because no policy excludes it', async () => {
    const edge = await edges.live()
    const decision = await edge.decide({ token: tokenWithout() })
    expect(decision).toMatchObject({ decision: 'deny', status: 503, code: 'token.unverified' })
    expect((await edge.verify(tokenWithout())).verdicts).toEqual(new Map([['groups', leftOut]]))
  })

  it('does not concern a route that uses another', async () => {
    const edge = await edges.live()
    const token = world.token({ omitted, claims: { groups: undefined, entitlements: ['x'] } })
    const other = { entitlements: ['x'] }
    expect(await edge.decide({ token, require: other })).toMatchObject({ decision: 'allow' })
  })

  it('is stale where it tightened since, like one that is carried', async () => {
    const edge = await edges.live()
    const token = tokenWithout()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.clock.advance(0)
    const decision = await edge.decide({ token, require })
    expect(decision).toMatchObject({ status: 401, code: 'token.stale' })
  })
})

describe('where its policy is validate', () => {
  const validating = async (validator: Validator) => {
    const groups = world.map.claims.get('groups') ?? expect.unreachable()
    const claimRules = new Map([
      ...world.map.claims,
      ['groups', { ...groups, onUnverified: 'validate' }],
    ])
    const map = { ...world.map, version: 2, claims: claimRules } as ClaimMap
    const edge = await edges.live({ validator })
    await world.announce(map)
    await world.liveFor(1_000, { map })
    return edge
  }

  it('is allowed if the authority answers that its subject has now the required values', async () => {
    const validator = holding({ held: ['groups'] })
    const edge = await validating(validator)
    const allowed = { decision: 'allow', validated: true }
    expect(await edge.decide({ token: tokenWithout(), require })).toMatchObject(allowed)
    expect(validator.questions).toMatchObject([{ claims: ['groups'], require }])
  })

  it('is refused if the authority answers that it has not', async () => {
    const edge = await validating(holding({ refused: 'token.insufficient', verdicts: new Map() }))
    const decision = await edge.decide({ token: tokenWithout(), require })
    expect(decision).toMatchObject({ status: 403, code: 'token.insufficient' })
  })

  it('is not allowed by an authority that calls it fresh and knows of no such claims', async () => {
    const edge = await validating(answeringValidator(FRESH))
    const decision = await edge.decide({ token: tokenWithout(), require })
    expect(decision).toMatchObject({ decision: 'deny', status: 503 })
    expect(decision.verdicts.get('groups')).toEqual(leftOut)
  })
})

it('a route of high risk needs the authority’s answer on its values too', async () => {
  const edge = await edges.live({ validator: holding({ held: ['groups'] }) })
  const question = { token: tokenWithout(), require, risk: 'high' as const }
  expect(await edge.decide(question)).toMatchObject({ decision: 'allow' })
})
