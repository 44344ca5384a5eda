import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../../edge.ts'

// `test/sdk/libraries.test.ts` has the hooks behind each library.
let world: EdgeWorld
let edges: EdgesIn
let edge: Edge

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
})

afterEach(() => edges.closeAll())

describe('isRevoked and trusted', () => {
  it('refuse where the library verified another token than that of the header', async () => {
    const { claims } = await edge.verify(world.token())
    const header = world.token()
    const request = { headers: { authorization: `Bearer ${header}` } }
    const own = (await edge.verify(header)).claims
    expect(await edge.isRevoked(request, { payload: own.payload })).toBe(false)
    expect(await edge.isRevoked(request, { payload: claims.payload })).toBe(true)
    expect(await edge.trusted(request, own.payload)).toBe(true)
    expect(await edge.trusted(request, claims.payload)).toBe(false)
    expect(await edge.isRevoked({ headers: {} }, { payload: own.payload })).toBe(true)
    expect(await edge.isRevoked(request, undefined)).toBe(true)
  })
})
