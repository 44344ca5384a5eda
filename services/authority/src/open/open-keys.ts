import { readFile } from 'node:fs/promises'
import { FreshetError, isPublished } from '@freshet/protocol'
import {
  systemClock,
  watchSigningKeys,
  watchStampKeys,
  type Logger,
  type StampKeys,
} from '@freshet/runtime'
import {
  type Jwks,
  type TimedSigningKey,
  parseJson,
  publicJwks,
  readVerifyKeySet,
} from '@freshet/wire'
import type { AuthorityConfig } from '../config.ts'

/** The keys of the process, by the present content of their files. */
export interface AuthorityKeys {
  /** Sign access tokens. */
  readonly tokens: () => readonly TimedSigningKey[]
  /** Stamp revocations in our own name. */
  readonly stamps: StampKeys
  /** Verify the reconciler's checkpoints: served to edges. */
  readonly checkpointJwks: () => Promise<Jwks>
}

/** Reads the key files, and again while the process runs. @throws `config.invalid` */
export async function openKeys(
  { tokenKeysFile, stampKeysFile, checkpointJwksFile }: AuthorityConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<AuthorityKeys> {
  const watch = { timer: systemClock, logger, signal }
  const ours = { ...watch, path: tokenKeysFile, name: 'FRESHET_TOKEN_KEYS_FILE' }
  const tokens = await watchSigningKeys('ES256', ours)
  const shared = { ...watch, path: stampKeysFile, name: 'FRESHET_STAMP_KEYS_FILE' }
  const stamps = await watchStampKeys(shared)
  const checkpointJwks = () => readCheckpointJwks(checkpointJwksFile, systemClock.nowMs())
  await checkpointJwks()
  return { tokens: tokens.current, stamps, checkpointJwks }
}

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
