import { FreshetError, isPublished, signingKey, type TimedKey } from '@freshet/protocol'
import { watchMacKeys, type WatchKeysOptions } from './watched-keys.ts'

/** The keys of stamps as they stand now; they rotate while the process runs. */
export interface StampKeys {
  /** The key that stamps are made with. @throws `keys.unusable` where there is none */
  readonly making: () => Uint8Array
  /** The keys that stamps are accepted by: the one in turn first, then next and retiring ones. */
  readonly accepted: () => readonly Uint8Array[]
  /** The times of the keys. */
  readonly times: () => readonly TimedKey[]
}

/**
 * The keys of stamps in a file, read again each second. Gateways make stamps with the key whose turn
 * it is; gateways and reconcilers accept every key of the set that is neither retired nor revoked.
 *
 * @throws `config.invalid` where the file at start holds no such key set
 */
export async function watchStampKeys(options: WatchKeysOptions): Promise<StampKeys> {
  const { current } = await watchMacKeys(options)
  const { timer } = options
  return {
    times: current,
    making() {
      const found = signingKey(current(), timer.nowMs())
      if (found !== undefined) return found.key
      throw new FreshetError('keys.unusable', 'No key may make stamps.')
    },
    accepted() {
      const nowMs = timer.nowMs()
      const keys = current().filter((key) => isPublished(key, nowMs))
      const first = signingKey(keys, nowMs)
      // Nearly every stamp is made with it: the others are tried after it.
      const others = keys.filter((key) => key !== first)
      return [...(first === undefined ? [] : [first]), ...others].map(({ key }) => key)
    },
  }
}
