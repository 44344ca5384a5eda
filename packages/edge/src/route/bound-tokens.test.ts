import { EDGE_ISSUER, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
})

afterEach(() => edges.closeAll())

const bound = (cnf: unknown): string => world.token({ claims: { cnf } })

const confirmations: readonly (readonly [string, unknown])[] = [
  ['jkt (RFC 9449)', { jkt: 'kCd0gC7rYn5o6Nd9zk0RVNU0eJ1R9k0p0fIuPq0wQ0A' }],
  ['x5t#S256 (RFC 8705)', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
  ['jwk (RFC 7800)', { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } }],
  ['kid (RFC 7800)', { kid: 'k1' }],
  ['a method that nobody knows', { 'future-method': 'x' }],
  ['no method', {}],
  ['null', null],
  ['text', 'kCd0gC7rYn5o6Nd9zk0RVNU0eJ1R9k0p0fIuPq0wQ0A'],
]

describe('a token bound by cnf, at an edge without a proof hook', () => {
  it.each(confirmations)('is refused by verify: %s', async (_, cnf) => {
    const token = bound(cnf)
    const unproven = { code: 'token.unproven' }
    await expect(edge.verify(token)).rejects.toMatchObject(unproven)
    await expect(edge.verify(token), 'from the cache').rejects.toMatchObject(unproven)
  })

  it.each(confirmations)('is refused by decide, which names the reason: %s', async (_, cnf) => {
    const decision = await edge.decide({ token: bound(cnf) })
    expect(decision).toMatchObject({
      decision: 'challenge',
      status: 401,
      code: 'token.unproven',
      wwwAuthenticate:
        'Bearer error="invalid_token", error_description="The access token is bound to a key"',
    })
    expect(decision.claims).toBeUndefined()
    expect(decision.detail).toContain('The token is bound to a key by cnf')
    expect(JSON.parse(edge.refusal(decision).body)).toMatchObject({ code: 'token.unproven' })
  })

  it('is refused although the route is observed', async () => {
    const enforce = 'observe until 2099-12-31'
    const decision = await edge.decide({ token: bound({ jkt: 'x' }), enforce })
    expect(decision).toMatchObject({ status: 401, code: 'token.unproven' })
  })

  it('is refused by the hooks for libraries that verify tokens themselves', async () => {
    const token = bound({ jkt: 'x' })
    const headers = { authorization: `Bearer ${token}` }
    const [header, payload] = token.split('.', 2).map(decoded)
    expect(await edge.isRevoked({ headers }, payload, token)).toBe(true)
    expect(await edge.trusted({ headers }, payload)).toBe(false)
    expect(await edge.validators().jti(undefined, payload ?? {}, header ?? {})).toBe(false)
  })

  it('control: the same token without cnf is accepted by each of them', async () => {
    const token = world.token()
    const headers = { authorization: `Bearer ${token}` }
    const [header, payload] = token.split('.', 2).map(decoded)
    expect(payload).toMatchObject({ iss: EDGE_ISSUER })
    expect((await edge.verify(token)).verdict).toEqual({ kind: 'fresh' })
    expect(await edge.decide({ token })).toMatchObject({ decision: 'allow' })
    expect(await edge.isRevoked({ headers }, payload, token)).toBe(false)
    expect(await edge.trusted({ headers }, payload)).toBe(true)
    expect(await edge.validators().jti(undefined, payload ?? {}, header ?? {})).toBe(true)
  })
})

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}
