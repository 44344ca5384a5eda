import crypto, { createPublicKey, KeyObject } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** Valid signatures that are remembered: more than a run makes. */
const REMEMBERED_MAX = 4_000

type Given = readonly [algorithm: string | null | undefined, bytes: Uint8Array, key: unknown]

const sign = crypto.sign as (...given: Given) => Buffer
const verify = crypto.verify as (...given: readonly [...Given, signature: Uint8Array]) => boolean

/**
 * Verifies each signature once in this thread. A run shows the same one to both edges, reconcilers and
 * authorities repeatedly. Verifying it each time would take as long as all their other work with it.
 *
 * The memory has everything that the answer depends on: the public key itself, the algorithm, the signature
 * and every signed byte. A signature that was made here is known to be valid. Any other is verified, and an
 * invalid one each time again.
 */
export function rememberSignatures(): void {
  Object.assign(crypto, { sign: signAndRemember, verify: verifyOnce })
  syncBuiltinESMExports()
}

function signAndRemember(...given: Given): Buffer {
  const signature = sign(...given)
  const proof = proofOf(given, signature)
  if (proof !== undefined) remember(proof)
  return signature
}

function verifyOnce(...given: readonly [...Given, signature: Uint8Array]): boolean {
  const [algorithm, bytes, key, signature] = given
  const proof = proofOf([algorithm, bytes, key], signature)
  if (proof !== undefined && good.has(proof)) return true
  const isGood = verify(...given)
  if (isGood && proof !== undefined) remember(proof)
  return isGood
}

const good = new Set<string>()

function remember(proof: string): void {
  if (good.size >= REMEMBERED_MAX) good.clear()
  good.add(proof)
}

/** Two numbers and the length of the signature come first, so no proof can pass for another. */
function proofOf([algorithm, bytes, key]: Given, signature: Uint8Array): string | undefined {
  const held = key instanceof KeyObject ? { key } : (key as Readonly<Record<string, unknown>>)
  if (!(held['key'] instanceof KeyObject)) return undefined
  const by = [numberOf(held['key']), algorithm, held['dsaEncoding'], signature.length].join(' ')
  return `${by} ${latin1(signature)}${latin1(bytes)}`
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

/** The number of each public key, by its bytes and by the objects that hold it or its private half. */
const numbers = new Map<string, number>()
const numbersOf = new WeakMap<KeyObject, number>()

function numberOf(key: KeyObject): number {
  const known = numbersOf.get(key)
  if (known !== undefined) return known
  const half = key.type === 'private' ? createPublicKey(key) : key
  const text = half.export({ type: 'spki', format: 'der' }).toString('hex')
  const number = numbers.get(text) ?? numbers.size
  numbers.set(text, number)
  numbersOf.set(key, number)
  return number
}
