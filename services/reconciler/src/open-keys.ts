import type { TimedSigningKey } from '@freshet/wire'
import {
  systemClock,
  watchSigningKeys,
  watchStampKeys,
  type Logger,
  type StampKeys,
} from '@freshet/runtime'
import type { ReconcilerConfig } from './config.ts'

/** The keys of the process, by the present content of their files. */
export interface ReconcilerKeys {
  /** Sign checkpoints. */
  readonly checkpoints: () => readonly TimedSigningKey[]
  /** Sign heads of the audit. */
  readonly audit: () => readonly TimedSigningKey[]
  /** The sets that this process signs with. */
  readonly signing: Pick<ReconcilerKeys, 'checkpoints' | 'audit'>
  /** Vouch for what a gateway has stamped. */
  readonly stamps: StampKeys
}

/** Reads the key files, and again while the process runs. @throws `config.invalid` */
export async function openKeys(
  { checkpointKeysFile, stampKeysFile, auditKeysFile }: ReconcilerConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<ReconcilerKeys> {
  const watch = { timer: systemClock, logger, signal }
  const checkpoints = await watchSigningKeys('EdDSA', {
    ...watch,
    path: checkpointKeysFile,
    name: 'FRESHET_CHECKPOINT_KEYS_FILE',
  })
  const audit = await watchSigningKeys('EdDSA', {
    ...watch,
    path: auditKeysFile,
    name: 'FRESHET_AUDIT_KEYS_FILE',
  })
  const stamps = await watchStampKeys({
    ...watch,
    path: stampKeysFile,
    name: 'FRESHET_STAMP_KEYS_FILE',
  })
  const signing = { checkpoints: checkpoints.current, audit: audit.current }
  return { ...signing, signing, stamps }
}
