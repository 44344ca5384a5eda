import { FreshetError } from '@freshet/protocol'
import type { Timer } from '../../log/timer.ts'
import type { Fetch } from './fetch-json.ts'
import { PublishedKeys } from './published-keys.ts'
import { readPublished, type KeyOrigin } from './read-published.ts'

/** The settings for holding published key sets. */
export interface KeySetsSettings {
  readonly fetch: Fetch
  readonly timer: Timer
  /** Sets that are held at most. */
  readonly setsMax: number
  /** The issuers in force; sets of other issuers are removed first. */
  readonly inForce: () => Iterable<KeyOrigin>
  /** Called when a held key is gone: a result that was verified with it no longer counts as verified. */
  readonly onGone?: () => void
}

/**
 * The key sets that issuers publish, each at the address that the registry names, and nowhere else. A token
 * never names an address. The number of sets is bounded. A set of an issuer that is no longer in force is
 * removed first. No other set is removed, because reading would then have no cooldown.
 */
export class PublishedKeySets {
  readonly #settings: KeySetsSettings
  readonly #sets = new Map<string, PublishedKeys>()

  constructor(settings: KeySetsSettings) {
    this.#settings = settings
  }

  /** Returns the set of an issuer. It reads nothing yet. @throws `keys.unavailable` if there is no room */
  of({ issuer, published }: KeyOrigin): PublishedKeys {
    const name = nameOf({ issuer, published })
    const known = this.#sets.get(name)
    if (known !== undefined) return known
    this.#makeRoom()
    const { fetch, timer, onGone = () => undefined } = this.#settings
    const read = () => readPublished({ issuer, published }, fetch, timer)
    const made = new PublishedKeys(read, { timer, issuer, onGone, keptMs: published.keptMs })
    this.#sets.set(name, made)
    return made
  }

  #makeRoom(): void {
    const { setsMax, inForce } = this.#settings
    if (this.#sets.size < setsMax) return
    const needed = new Set([...inForce()].map(nameOf))
    for (const name of this.#sets.keys()) if (!needed.has(name)) this.#sets.delete(name)
    if (this.#sets.size < setsMax) return
    const message = `Published keys of more than ${setsMax} issuers are not held.`
    throw new FreshetError('keys.unavailable', message)
  }
}

/** Reading depends on these terms alone, so a set stays if other terms change. */
function nameOf({ issuer, published }: KeyOrigin): string {
  return JSON.stringify([issuer, published])
}
