import { FreshetError } from '@freshet/domain'
import type { Timer } from '../timer.ts'
import type { Fetch } from './fetch-json.ts'
import { PublishedKeys } from './published-keys.ts'
import { readPublished, type KeyOrigin } from './read-published.ts'

/** What holding published key sets needs. */
export interface KeySetsSettings {
  readonly fetch: Fetch
  readonly timer: Timer
  /** Sets that are held at most. */
  readonly setsMax: number
  /** The issuers in force: the sets of others make room. */
  readonly inForce: () => Iterable<KeyOrigin>
  /** Called when a held key is gone: what was verified with it must not be taken for verified. */
  readonly onGone?: () => void
}

/**
 * The key sets that issuers publish, each where the registry says, and nowhere else. A token never
 * names an address. The number of sets is bounded: a set of an issuer that is no longer in force goes
 * first, and beyond that no set goes, or reading would have no cooldown.
 */
export class PublishedKeySets {
  readonly #settings: KeySetsSettings
  readonly #sets = new Map<string, PublishedKeys>()

  constructor(settings: KeySetsSettings) {
    this.#settings = settings
  }

  /** The set of an issuer. Nothing is read yet. @throws `keys.unavailable` where there is no room */
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

/** What is read depends on these terms alone, and stays where others change. */
function nameOf({ issuer, published }: KeyOrigin): string {
  return JSON.stringify([issuer, published])
}
