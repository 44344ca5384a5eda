import type { TimedSigningKey } from '@freshet/events'
import { systemClock, watchSigningKeys, type Logger } from '@freshet/runtime'
import type { ReconcilerConfig } from './config.ts'

/** The keys of the process, as their files say now. */
export interface ReconcilerKeys {
  /** Sign checkpoints. */
  readonly checkpoints: () => readonly TimedSigningKey[]
}

/** Reads the key files, and again while the process runs. @throws `config.invalid` */
export async function openKeys(
  { checkpointKeysFile }: ReconcilerConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<ReconcilerKeys> {
  const watch = { timer: systemClock, logger, signal }
  const checkpoints = await watchSigningKeys('EdDSA', {
    ...watch,
    path: checkpointKeysFile,
    name: 'FRESHET_CHECKPOINT_KEYS_FILE',
  })
  return { checkpoints: checkpoints.current }
}
