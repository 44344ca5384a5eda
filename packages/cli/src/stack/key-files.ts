import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKey, type SignatureAlgorithm } from '@freshet/wire'

/** A private JWK on disk (mode 0600), and the public key set beside it. */
export interface KeyFile {
  readonly kid: string
  readonly keyFile: string
  readonly jwksFile: string
}

/** Makes a key and writes `NAME.private.json` into the folder, and `NAME.jwks.json` there or into another. */
export async function writeKey(
  dir: string,
  name: string,
  alg: SignatureAlgorithm,
  publicDir: string = dir,
): Promise<KeyFile> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const kid = `${name}-${randomBytes(4).toString('hex')}`
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const keyFile = join(dir, `${name}.private.json`)
  const jwksFile = join(publicDir, `${name}.jwks.json`)
  await writeSecret(keyFile, `${JSON.stringify(privateJwk, null, 2)}\n`)
  await writeFile(jwksFile, `${JSON.stringify({ keys: [publicJwk] }, null, 2)}\n`)
  return { kid, keyFile, jwksFile }
}

/** Secrets have 256 bits. The limits on guesses only matter for those that people invent. */
const SECRET_BYTES = 32

/** Returns a secret from the process's secure random source. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** A client secret and the hash that the registry stores of it. */
export function newClientSecret(): { readonly secret: string; readonly secretHash: string } {
  const secret = newSecret()
  return { secret, secretHash: createHash('sha256').update(secret).digest('base64url') }
}

function writeSecret(file: string, text: string): Promise<void> {
  return writeFile(file, text, { mode: 0o600 })
}
