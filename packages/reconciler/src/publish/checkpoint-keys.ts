import { FreshetError, signingKey, type Clock } from '@freshet/domain'
import {
  publishedKeys,
  type SigningKey,
  type TimedSigningKey,
  type VerifyKey,
} from '@freshet/events'

/** The keys of checkpoints as they stand now; they rotate while the process runs. */
export interface CheckpointKeys {
  /** The key whose turn it is. @throws `keys.unusable` where there is none */
  readonly signing: () => SigningKey
  /** The public keys by which edges believe a checkpoint: not the revoked and the retired ones. */
  readonly published: () => readonly VerifyKey[]
}

/** Tells from a key set, as it is at each call, which key signs and which are published. */
export function checkpointKeysOf(
  current: () => readonly TimedSigningKey[],
  clock: Clock,
): CheckpointKeys {
  return {
    signing() {
      const key = signingKey(current(), clock.nowMs())
      if (key !== undefined) return key
      throw new FreshetError('keys.unusable', 'No key may sign checkpoints.')
    },
    published: publishedKeys(current, clock),
  }
}
