import type { Jwks, TimedSigningKey } from '@freshet/wire'
import {
  systemClock,
  watchSigningKeys,
  watchStampKeys,
  type Logger,
  type StampKeys,
} from '@freshet/runtime'
import type { AuthorityConfig } from '../config.ts'
import { readCheckpointJwks } from '../checkpoint-jwks.ts'

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
