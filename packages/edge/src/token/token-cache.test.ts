import type { ClaimMap } from '@freshet/protocol'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { createTokenJudge } from './judge-token.ts'
import { asVerified } from './judge-uses.ts'
import { TokenCache } from './token-cache.ts'
import type { VerifiedToken } from './token-claims.ts'

const BYTES = 100_000
let world: EdgeWorld
let edges: EdgesIn
let verify: (jwt: string) => Promise<VerifiedToken>

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  // The edge that verifies remembers nothing for long, so that each token is another object.
  const edge = await edges.live({ limits: { verifiedTokens: 1 } })
  verify = async (jwt) => asVerified((await edge.verify(jwt)).claims)
})

afterEach(() => edges.closeAll())

function knowledgeOf(map: ClaimMap): EdgeKnowledge {
  const bounds = { watermarksMax: 10, denialsMax: 10, tokenLifeMaxMs: 3_600_000 }
  const made = new EdgeKnowledge({ clock: world.clock, seed: [1, 2], ...bounds })
  return Object.defineProperty(made, 'map', { value: map })
}

it('a cache is bounded by bytes, with the judgements that are prepared for its tokens', async () => {
  const { groups } = Object.fromEntries(world.map.claims)
  if (groups === undefined) throw new Error('the map lacks groups')
  const names = Array.from({ length: 40 }, (_, n) => `claim-${n}`)
  const claims = new Map(names.map((name) => [name, groups]))
  const judge = createTokenJudge(knowledgeOf({ ...world.map, claims }))
  const cache = new TokenCache({ verifiedTokens: 1_000, verifiedTokenBytes: BYTES })
  const used = world.token()
  cache.add(await verify(used), 0)
  for (let n = 0; n < 40; n++) {
    const verified = await verify(world.token())
    cache.add(verified, 0)
    for (const claim of names) judge.judgeClaim(verified, claim)
    // Each half can hold one token more than its bytes allow.
    expect(cache.bytes).toBeLessThan(BYTES + 20_000)
    expect(cache.get(used)).toBeDefined()
  }
  expect(cache.size).toBeGreaterThan(1)
  expect(cache.size).toBeLessThan(20)
  cache.clear()
  expect([cache.size, cache.bytes]).toEqual([0, 0])
})

it('control: by number alone the same tokens stay', async () => {
  const cache = new TokenCache({ verifiedTokens: 1_000, verifiedTokenBytes: 1_000 * BYTES })
  for (let n = 0; n < 40; n++) cache.add(await verify(world.token()), 0)
  expect(cache.size).toBe(40)
  expect(cache.bytes).toBeGreaterThan(BYTES)
})
