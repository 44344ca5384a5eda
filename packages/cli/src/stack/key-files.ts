import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROBE_NAME } from '@freshet/protocol/slo'
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
  const { privateJwk, ...made } = await publishedKey(publicDir, name, alg)
  const keyFile = join(dir, `${name}.private.json`)
  await writeSecret(keyFile, `${JSON.stringify(privateJwk, null, 2)}\n`)
  return { ...made, keyFile }
}

/** The name of the key of the identity provider that only probes have. */
export const PROBE_IDP = 'probe-idp'

/**
 * Makes the keys of probes. The folder gets `probes.private.json`, which a console reads as `FRESHET_PROBE_KEYS_FILE`. The
 * public halves go there or into another folder.
 */
export async function writeProbeKeys(
  dir: string,
  clientSecret: string,
  publicDir: string = dir,
): Promise<string> {
  const [source, idp] = await Promise.all(
    [PROBE_NAME, PROBE_IDP].map(
      async (name) => (await publishedKey(publicDir, name, 'ES256')).privateJwk,
    ),
  )
  const file = join(dir, 'probes.private.json')
  await writeSecret(file, `${JSON.stringify({ source, idp, clientSecret }, null, 2)}\n`)
  return file
}

/** Makes a key, and writes its public half as `NAME.jwks.json`. */
async function publishedKey(publicDir: string, name: string, alg: SignatureAlgorithm) {
  const kid = `${name}-${randomBytes(4).toString('hex')}`
  const { privateJwk, publicJwk } = await generateKey(alg, kid)
  const jwksFile = join(publicDir, `${name}.jwks.json`)
  await writeFile(jwksFile, `${JSON.stringify({ keys: [publicJwk] }, null, 2)}\n`)
  return { kid, privateJwk, jwksFile }
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

/** Writes a file that only its owner can read. */
export function writeSecret(file: string, text: string): Promise<void> {
  return writeFile(file, text, { mode: 0o600 })
}
