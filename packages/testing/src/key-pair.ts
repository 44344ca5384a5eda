import {
  generateKey,
  importJwks,
  importSigningKey,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'

/** Both halves of a key. */
export interface KeyPair {
  readonly signing: SigningKey
  readonly verify: VerifyKey
}

/** Creates a key: `ES256` for tokens, `EdDSA` for checkpoints. */
export async function createKeyPair(alg: 'ES256' | 'EdDSA', kid: string): Promise<KeyPair> {
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const [verify] = importJwks({ keys: [publicJwk] })
  if (verify === undefined) throw new Error('a set of one key is empty')
  return { signing: importSigningKey(privateJwk), verify }
}
