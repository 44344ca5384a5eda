import { createPublicKey } from 'node:crypto'
import { isPublished, type Clock } from '@freshet/protocol'
import type { TimedSigningKey, TimedVerifyKey } from './key-set.ts'

/**
 * Returns the public halves of the keys that are published now, which prove that a token is ours. They are
 * derived once for each key set that was read.
 */
export function publishedKeys(
  keys: () => readonly TimedSigningKey[],
  clock: Clock,
): () => readonly TimedVerifyKey[] {
  let read: readonly TimedSigningKey[] = []
  let halves: readonly TimedVerifyKey[] = []
  return () => {
    const current = keys()
    if (current !== read) {
      halves = current.map((each) => ({ ...each, key: createPublicKey(each.key) }))
      read = current
    }
    const nowMs = clock.nowMs()
    return halves.filter((key) => isPublished(key, nowMs))
  }
}
