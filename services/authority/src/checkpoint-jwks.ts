import { readFile } from 'node:fs/promises'
import { FreshetError, isPublished } from '@freshet/protocol'
import { parseJson, publicJwks, readVerifyKeySet, type Jwks } from '@freshet/wire'

/**
 * The public checkpoint keys that the file publishes now. It is read for each request, so a new key
 * is published, and a revoked one no longer, without a restart.
 *
 * @throws `config.invalid` where the file holds no key set
 */
export async function readCheckpointJwks(file: string, nowMs: number): Promise<Jwks> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FreshetError('config.invalid', 'FRESHET_CHECKPOINT_JWKS_FILE cannot be read', {
      cause,
    })
  })
  const keys = readVerifyKeySet(jsonOf(bytes))
  // Importing and exporting leaves public halves alone, whatever the file holds.
  return publicJwks(keys.filter((key) => isPublished(key, nowMs)))
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes)
  } catch {
    throw new FreshetError('config.invalid', 'FRESHET_CHECKPOINT_JWKS_FILE holds no JSON')
  }
}
