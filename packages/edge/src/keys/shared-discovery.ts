import type { Fetch, Timer } from '@freshet/wire'
import { discoverKeys, type KeySets } from './discover-keys.ts'

/** The readings under way, by reader and issuer. */
const underWay = new WeakMap<Fetch, Map<string, Promise<KeySets>>>()

/**
 * As `discoverKeys`, but edges of one process that ask at the same time share one reading. Nothing
 * is remembered: each edge keeps its own keys, and drops those that left the set when it reads.
 *
 * @throws `keys.unavailable`
 */
export function discoverShared(issuer: string, fetch: Fetch, timer: Timer): Promise<KeySets> {
  const readings = underWay.get(fetch) ?? new Map<string, Promise<KeySets>>()
  underWay.set(fetch, readings)
  const known = readings.get(issuer)
  if (known !== undefined) return known
  const reading = discoverKeys(issuer, fetch, timer).finally(() => readings.delete(issuer))
  readings.set(issuer, reading)
  return reading
}
