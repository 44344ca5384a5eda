import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { invariant } from '@freshet/protocol'
import { publishedKeys, type TimedSigningKey, type VerifyKey } from '@freshet/wire'
import { EPOCH_MS, type Kernel } from '../kernel/kernel.ts'
import { TOKEN_KEYS } from './deployment.ts'

const KEYS_PER_SET = 3

/** Keys that rotate during a run. The first signs; every process knows the others, which wait. */
export interface Keys {
  /** The keys of tokens. */
  tokens: readonly TimedSigningKey[]
  checkpoints: readonly TimedSigningKey[]
  /** The keys of the source that writes to the topic itself. */
  source: readonly TimedSigningKey[]
  /** The keys of the gateways' stamps: the one that stamps, and those that are accepted. */
  macs: { readonly stamping: Uint8Array; readonly believed: readonly Uint8Array[] }
}

const CHECKPOINT_KEYS = setOf('checkpoint')
const SOURCE_KEYS = setOf('source')

/**
 * Returns the keys of the start. They are fixed, because the names of checkpoints come from the signed bytes.
 */
export function firstKeys(): Keys {
  return {
    tokens: TOKEN_KEYS,
    checkpoints: CHECKPOINT_KEYS,
    source: SOURCE_KEYS,
    macs: { stamping: macKey(1), believed: [macKey(1)] },
  }
}

/** Returns keys of these names; `bits` separates keys with the same name. */
export function setOf(name: string, bits: string = name): readonly TimedSigningKey[] {
  return Array.from({ length: KEYS_PER_SET }, (_, at) => ({
    kid: `${name}-${at + 1}`,
    alg: 'EdDSA' as const,
    key: ed25519(createHash('sha256').update(`${bits} ${at}`).digest()),
    ...(at === 0 && { signsFromMs: 0 }),
  }))
}

/** Returns the n-th key of the gateways' stamps. */
export function macKey(n: number): Uint8Array {
  return createHash('sha256').update(`mac ${n}`).digest()
}

/** RFC 8410: the algorithm's identifier, then the 32 bytes. */
function ed25519(secret: Buffer): KeyObject {
  invariant(secret.length === 32, 'An Ed25519 key has 32 bytes.')
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' })
}

/** Returns the keys of a set that are published now, by the true time. */
export function publishedOf(
  keys: () => readonly TimedSigningKey[],
  kernel: Kernel,
): () => readonly VerifyKey[] {
  return publishedKeys(keys, {
    nowMs: () => EPOCH_MS + kernel.nowMs,
    monotonicMs: () => kernel.nowMs,
  })
}
