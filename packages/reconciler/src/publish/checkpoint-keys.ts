import { FreshetError, signingKey, type Clock } from '@freshet/protocol'
import { publishedKeys, type SigningKey, type TimedSigningKey, type VerifyKey } from '@freshet/wire'

/** The present keys of checkpoints; they rotate while the process runs. */
export interface CheckpointKeys {
  /** The key that signs now. @throws `keys.unusable` if there is none */
  readonly signing: () => SigningKey
  /** The public keys by which edges verify a checkpoint, without the revoked and the retired ones. */
  readonly published: () => readonly VerifyKey[]
}

/** Returns which key of a key set signs and which are published, as the set is at each call. */
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
