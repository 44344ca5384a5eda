import { readFile } from 'node:fs/promises'
import { FreshetError } from '@freshet/domain'
import {
  importJwks,
  importSigningKey,
  parseJson,
  publicJwks,
  type Jwks,
  type SigningKey,
} from '@freshet/events'

/** @throws `config.invalid` where it is no private JWK for ES256 */
export function readTokenKey(text: string): SigningKey {
  const key = importSigningKey(jsonOf(Buffer.from(text), 'FRESHET_TOKEN_KEY'))
  if (key.alg !== 'ES256') throw invalid('FRESHET_TOKEN_KEY is not a key for ES256')
  if (key.key.type !== 'private') throw invalid('FRESHET_TOKEN_KEY is not a private key')
  return key
}

/**
 * The public checkpoint keys as they stand in the file now. They are read for each request, so a
 * new key is published without a restart.
 *
 * @throws `config.invalid` where the file holds no JWKS
 */
export async function readCheckpointJwks(file: string): Promise<Jwks> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FreshetError('config.invalid', 'FRESHET_CHECKPOINT_JWKS_FILE cannot be read', {
      cause,
    })
  })
  // Importing and exporting leaves public halves alone, whatever the file holds.
  return publicJwks(importJwks(jsonOf(bytes, 'FRESHET_CHECKPOINT_JWKS_FILE')))
}

function jsonOf(bytes: Uint8Array, name: string): unknown {
  try {
    return parseJson(bytes)
  } catch {
    throw invalid(`${name} holds no JSON`)
  }
}

function invalid(message: string): FreshetError {
  return new FreshetError('config.invalid', message)
}
