import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { invariant, type Audience, type Registry, type Source } from '@freshet/domain'
import type { TimedSigningKey, VerifyKey } from '@freshet/events'
import { acmeRegistry, EDGE_AUDIENCE, EDGE_ISSUER, TEST_MAC_KEY } from '@freshet/testkit'

/** What every process of a run is configured with. */
export const ISSUER: string = EDGE_ISSUER
export const MAC_KEY: Uint8Array = TEST_MAC_KEY
export const TENANT = 'acme'

/** Lives are short, so that watermarks, bases and tokens of a run also end within it. */
export const TOKEN_LIFE_MS = 15_000
export const BASE_AGE_MS = 19_000
/** The lease of every source. */
export const LEASE_MS = 5_000
/** The whole skew between a source and an edge. */
export const TOLERANCE_MS = 2_000
/** The promise: after so long no edge calls fresh what was taken away. */
export const D_MS: number = LEASE_MS + TOLERANCE_MS

export const AUDIENCE: Audience = {
  name: EDGE_AUDIENCE,
  claims: ['groups', 'entitlements'],
  ttlMs: TOKEN_LIFE_MS,
  routes: new Map(),
}

/** The example's registry, with the one audience, and one lease for all sources. */
export const REGISTRY: Registry = withLease(
  acmeRegistry({ audiences: new Map([[AUDIENCE.name, AUDIENCE]]) }),
)

/** A policy version, as a process loads it. Each says the same; every other one ends older tokens. */
export interface Policy {
  readonly registry: Registry
  readonly hash: string
  readonly minimum: number
}

export const VERSIONS_MAX = 5

export const POLICIES: readonly Policy[] = Array.from({ length: VERSIONS_MAX }, (_, at) => ({
  registry: { ...REGISTRY, version: at + 1 },
  hash: String.fromCharCode('A'.charCodeAt(0) + at).repeat(43),
  minimum: at % 2 === 0 ? 0 : at + 1,
}))

/** @throws `invariant.broken` beyond {@link VERSIONS_MAX} */
export function policyOf(version: number): Policy {
  const policy = POLICIES[version - 1]
  invariant(policy, `There is no policy version ${version}.`)
  return policy
}

function withLease(registry: Registry): Registry {
  const sources = [...registry.sources].map(([id, source]): readonly [string, Source] => [
    id,
    { ...source, leaseMs: LEASE_MS },
  ])
  return { ...registry, sources: new Map(sources) }
}

/** Signs checkpoints. Fixed, because the names of checkpoints come from what is signed. */
export const CHECKPOINT_KEY: TimedSigningKey = {
  kid: 'checkpoint-1',
  alg: 'EdDSA',
  key: ed25519(Buffer.alloc(32, 'freshet')),
}

/**
 * The first signs tokens; each of the others waits for those before it to be denied. They are new
 * in every process of a simulation, since no decision ever rests on their bits.
 */
export const TOKEN_KEYS: readonly TimedSigningKey[] = [1, 2, 3, 4].map((n) => ({
  kid: `token-${n}`,
  alg: 'ES256',
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ...(n === 1 && { signsFromMs: 0 }),
}))

export const EDGE_KEYS: {
  readonly tokens: readonly VerifyKey[]
  readonly checkpoints: readonly VerifyKey[]
} = { tokens: TOKEN_KEYS.map(publicHalf), checkpoints: [publicHalf(CHECKPOINT_KEY)] }

function publicHalf({ kid, alg, key }: TimedSigningKey): VerifyKey {
  return { kid, alg, key: createPublicKey(key) }
}

/** RFC 8410: the algorithm's identifier, then the 32 bytes. */
function ed25519(secret: Buffer): KeyObject {
  invariant(secret.length === 32, 'An Ed25519 key has 32 bytes.')
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' })
}
