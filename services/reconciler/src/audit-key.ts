import { FreshetError, signingKey, type Clock } from '@freshet/protocol'
import type { SigningKey, TimedSigningKey } from '@freshet/wire'

/**
 * The key of the set whose turn it is to sign heads of the audit, at each call.
 *
 * @throws `keys.unusable` where there is none
 */
export function auditKeyOf(
  current: () => readonly TimedSigningKey[],
  clock: Clock,
): () => SigningKey {
  return () => {
    const key = signingKey(current(), clock.nowMs())
    if (key !== undefined) return key
    throw new FreshetError('keys.unusable', 'No key may sign heads of the audit.')
  }
}
