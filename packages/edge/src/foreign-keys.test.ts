import {
  generateKey,
  importSigningKey,
  type FetchedResponse,
  type NamedJwk,
  type SigningKey,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, foreignIssuer, signToken } from '@freshet/testkit'
import type { EdgesIn, EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from './edge.ts'

const jwksUri = 'https://sts.partner.example/jwks.json'
let signing: SigningKey
let publicJwk: NamedJwk
let published: readonly NamedJwk[] | undefined
let world: EdgeWorld
let edges: EdgesIn

beforeAll(async () => {
  const made = await generateKey('ES256', 'sts-1')
  signing = importSigningKey(made.privateJwk)
  ;({ publicJwk } = made)
})

beforeEach(async () => {
  world = await edgeWorld()
  world.foreignSinceMs = world.clock.nowMs() - 3_600_000
  edges = edgesIn(world)
  published = [publicJwk]
  declare({ published: { jwksUri, keptMs: 60_000 } })
})

afterEach(() => edges.closeAll())

/** Declares the issuer, without any key. */
function declare(more: object): void {
  const { name: _name, keys: _keys, issuances: _issuances, ...terms } = foreignIssuer()
  const issuer = { ...terms, keys: [], ...more }
  world.map = { ...world.map, issuers: new Map([[issuer.issuer, issuer]]) }
}

async function* bytesOf(json: object): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(json))
}

const fetch = (): Promise<FetchedResponse> =>
  Promise.resolve({ status: published ? 200 : 503, body: bytesOf({ keys: published }) })
const live = (): Promise<Edge> => edges.live({ fetch, keys: world.keys })

function token(kid = 'sts-1'): string {
  const iat = Math.floor(world.clock.nowMs() / 1_000)
  const who = { iss: foreignIssuer().issuer, sub: ALICE.sub, aud: 'payments', jti: `f-${iat}` }
  const body = { ...who, iat, exp: iat + 300, roles: ['payments-approvers'] }
  return signToken({ typ: 'JWT', alg: 'ES256', kid }, body, signing)
}

const isFresh = { verdict: { kind: 'fresh', basis: 'time' } }

describe('a foreign token whose issuer publishes its keys', () => {
  it('is fresh by them', async () => {
    expect(await (await live()).verify(token())).toMatchObject(isFresh)
  })

  it('control: without an entry in the map, none of them counts', async () => {
    declare({})
    await expect((await live()).verify(token())).rejects.toMatchObject({ code: 'token.invalid' })
  })

  it('is refused once its key is gone, though it was seen', async () => {
    const edge = await live()
    const seen = token()
    expect(await edge.verify(seen)).toMatchObject(isFresh)
    published = []
    await world.liveFor(31_000)
    for (const jwt of [token('sts-2'), seen])
      await expect(edge.verify(jwt)).rejects.toMatchObject({ code: 'token.invalid' })
  })

  it('is refused, though it was seen, once they are too old and cannot be read again', async () => {
    const edge = await live()
    const seen = token()
    expect(await edge.verify(seen)).toMatchObject(isFresh)
    published = undefined
    await world.liveFor(59_000)
    expect(await edge.verify(seen)).toMatchObject(isFresh)
    await world.liveFor(2_000)
    await expect(edge.verify(seen)).rejects.toMatchObject({ code: 'keys.unavailable' })
  })
})
