import { verify } from 'node:crypto'
import { EDGE_AUDIENCE, EDGE_ISSUER, type EdgeWorld } from '@freshet/testkit'
import { createVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import { liveEdge } from '../edge/live-edge.ts'
import { sampleAwaits, sampleCalls } from '../measure/closed-loop.ts'
import {
  repeat,
  type BenchContext,
  type Metric,
  type Readings,
  type Scenario,
} from '../scenario.ts'

const seen: readonly Metric[] = [
  {
    id: 'verify.seen',
    unit: 'µs',
    about: 'edge.verify of a cached token: found, compared as a whole and judged',
    target: { atMost: 1.5 },
    against: [{ id: 'peer.fastjwt.cached', atMost: 0.5 }, { id: 'peer.introspect' }],
  },
  {
    id: 'peer.fastjwt.cached',
    unit: 'µs',
    about: 'fast-jwt with its cache: the same token, without freshness',
  },
]

const first: readonly Metric[] = [
  {
    id: 'verify.first',
    unit: 'µs',
    about: 'edge.verify of a new token: ES256, every check of RFC 9068, judged',
    against: [
      { id: 'floor.crypto.verify' },
      { id: 'peer.jose.verify' },
      { id: 'peer.fastjwt.verify' },
    ],
  },
  { id: 'floor.crypto.verify', unit: 'µs', about: 'node:crypto alone: the ES256 signature' },
  { id: 'peer.jose.verify', unit: 'µs', about: 'jose: signature, issuer, audience, typ, lifetime' },
  { id: 'peer.fastjwt.verify', unit: 'µs', about: 'fast-jwt without its cache' },
]

/** Measures verifying access tokens, beside other libraries that check less. */
export const verifying: Scenario = { metrics: [...seen, ...first], run }

async function run(context: BenchContext): Promise<Readings> {
  const { edge, world, keepFresh } = await liveEdge(context)
  const token = world.token()
  const peers = peersOf(world)
  const call = { operations: 1_000, samples: context.quick ? 200 : 1_000, between: keepFresh }
  const slow = { operations: 10, samples: context.quick ? 200 : 1_000, between: keepFresh }
  const never = tokensOf(world, slow.operations * Math.ceil(slow.samples * 1.1))
  await edge.verify(token)
  return repeat(context, async (repetition) => {
    const fresh = async (jwt: string): Promise<void> => {
      if ((await edge.verify(jwt)).verdict.kind !== 'fresh')
        throw new Error('A token is not fresh.')
    }
    const tokens = never(repetition)
    const { clock } = context
    const measured = {
      'verify.seen': await sampleAwaits(call, clock, () => fresh(token)),
      'peer.fastjwt.cached': await sampleCalls(call, clock, () => void peers.fastJwtCached(token)),
      'verify.first': await sampleAwaits(slow, clock, () => fresh(tokens())),
      'floor.crypto.verify': await sampleCalls(slow, clock, peers.crypto(token)),
      'peer.jose.verify': await sampleAwaits(slow, clock, () => peers.jose(token)),
      'peer.fastjwt.verify': await sampleCalls(slow, clock, () => void peers.fastJwt(token)),
    }
    return Object.fromEntries(
      Object.entries(measured).map(([id, latencies]) => [id, latencies.distribution('µs')]),
    )
  })
}

/** Returns other libraries, each with the checks that it offers. */
function peersOf({ tokenKey, keys }: EdgeWorld) {
  const key = keys.tokens[0]?.key
  if (key === undefined) throw new Error('The world has no token key.')
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const allowed = { allowedIss: EDGE_ISSUER, allowedAud: EDGE_AUDIENCE, checkTyp: 'at+jwt' }
  const common = { key: pem, algorithms: ['ES256' as const], ...allowed }
  return {
    fastJwtCached: createVerifier({ ...common, cache: true }),
    fastJwt: createVerifier({ ...common, cache: false }),
    jose: (jwt: string) =>
      jwtVerify(jwt, key, {
        issuer: EDGE_ISSUER,
        audience: EDGE_AUDIENCE,
        typ: 'at+jwt',
        algorithms: [tokenKey.alg],
      }),
    crypto: (jwt: string) => {
      const end = jwt.lastIndexOf('.')
      const signed = Buffer.from(jwt.slice(0, end))
      const signature = Buffer.from(jwt.slice(end + 1), 'base64url')
      return () => {
        if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
          throw new Error('The signature does not hold.')
      }
    },
  }
}

/** Returns tokens that were never shown to the edge, made before they are needed. */
function tokensOf(world: EdgeWorld, count: number): (repetition: number) => () => string {
  return () => {
    const made = Array.from({ length: count }, () => world.token())
    return () => {
      const token = made.pop()
      if (token === undefined) throw new Error('Every token was seen.')
      return token
    }
  }
}
