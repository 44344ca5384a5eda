import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { invariant, type Audience, type Registry, type Source } from '@freshet/domain'
import type { TimedSigningKey, VerifyKey } from '@freshet/events'
import { ACME_HASH, acmeRegistry, EDGE_AUDIENCE, EDGE_ISSUER, TEST_MAC_KEY } from '@freshet/testkit'

/** What every process of a run is configured with. */
export const ISSUER: string = EDGE_ISSUER
export const MAC_KEY: Uint8Array = TEST_MAC_KEY
export const POLICY_HASH: string = ACME_HASH
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

/** Signs tokens: a new one each time, since no decision ever rests on its bits. */
export const TOKEN_KEY: TimedSigningKey = {
  kid: 'token-1',
  alg: 'ES256',
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
}

export const EDGE_KEYS: {
  readonly tokens: readonly VerifyKey[]
  readonly checkpoints: readonly VerifyKey[]
} = { tokens: [publicHalf(TOKEN_KEY)], checkpoints: [publicHalf(CHECKPOINT_KEY)] }

function publicHalf({ kid, alg, key }: TimedSigningKey): VerifyKey {
  return { kid, alg, key: createPublicKey(key) }
}

/** RFC 8410: the algorithm's identifier, then the 32 bytes. */
function ed25519(secret: Buffer): KeyObject {
  invariant(secret.length === 32, 'An Ed25519 key has 32 bytes.')
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' })
}
