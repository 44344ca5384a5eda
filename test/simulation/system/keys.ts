import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { invariant } from '@freshet/domain'
import { publishedKeys, type TimedSigningKey, type VerifyKey } from '@freshet/events'
import { EPOCH_MS, type Kernel } from '../kernel/kernel.ts'
import { TOKEN_KEYS } from './deployment.ts'

const KEYS_PER_SET = 3

/** Keys that rotate during a run. The first signs; the others are known to all, and wait. */
export interface Keys {
  /** Of tokens. */
  tokens: readonly TimedSigningKey[]
  checkpoints: readonly TimedSigningKey[]
  /** Of the source that writes to the topic itself. */
  source: readonly TimedSigningKey[]
  /** Of the gateways' stamps: the one that stamps, and those that are believed. */
  macs: { readonly stamping: Uint8Array; readonly believed: readonly Uint8Array[] }
}

const CHECKPOINT_KEYS = setOf('checkpoint')
const SOURCE_KEYS = setOf('source')

/** As they are at the start. Fixed, because the names of checkpoints come from what is signed. */
export function firstKeys(): Keys {
  return {
    tokens: TOKEN_KEYS,
    checkpoints: CHECKPOINT_KEYS,
    source: SOURCE_KEYS,
    macs: { stamping: macKey(1), believed: [macKey(1)] },
  }
}

/** Keys of these names; `bits` tells those apart that are named alike. */
export function setOf(name: string, bits: string = name): readonly TimedSigningKey[] {
  return Array.from({ length: KEYS_PER_SET }, (_, at) => ({
    kid: `${name}-${at + 1}`,
    alg: 'EdDSA' as const,
    key: ed25519(createHash('sha256').update(`${bits} ${at}`).digest()),
    ...(at === 0 && { signsFromMs: 0 }),
  }))
}

/** The n-th key of the gateways' stamps. */
export function macKey(n: number): Uint8Array {
  return createHash('sha256').update(`mac ${n}`).digest()
}

/** RFC 8410: the algorithm's identifier, then the 32 bytes. */
function ed25519(secret: Buffer): KeyObject {
  invariant(secret.length === 32, 'An Ed25519 key has 32 bytes.')
  const head = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' })
}

/** What is published of a set now, by the true time. */
export function publishedOf(
  keys: () => readonly TimedSigningKey[],
  kernel: Kernel,
): () => readonly VerifyKey[] {
  return publishedKeys(keys, {
    nowMs: () => EPOCH_MS + kernel.nowMs,
    monotonicMs: () => kernel.nowMs,
  })
}
