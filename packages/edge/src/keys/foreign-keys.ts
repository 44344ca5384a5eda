import { FreshetError, type MappedIssuer } from '@freshet/domain'
import { readJwks, type Timer, type VerifyKey } from '@freshet/events'
import { FOREIGN_KEY_SETS_MAX } from '../limits.ts'
import type { Fetch } from './fetch-json.ts'
import { keyIn, type NamedKey } from './named-key.ts'
import { PublishedKeys } from './published-keys.ts'
import { readPublished } from './read-published.ts'

/** What reading published keys needs. */
export interface ForeignKeySettings {
  readonly fetch: Fetch
  readonly timer: Timer
  /** The issuers in force: what others publish is not held. */
  readonly issuers: () => ReadonlyMap<string, MappedIssuer> | undefined
  /** A key that was held is gone: what was verified with it must not be taken for verified. */
  readonly onGone: () => void
}

/**
 * The keys of foreign issuers: those of the claim map, or those that an issuer publishes where the
 * claim map says, and nowhere else. A token never names an address.
 */
export class ForeignKeys {
  readonly #settings: ForeignKeySettings
  readonly #imported = new WeakMap<MappedIssuer, readonly VerifyKey[]>()
  readonly #published = new Map<string, PublishedKeys>()

  constructor(settings: ForeignKeySettings) {
    this.#settings = settings
  }

  /**
   * The key, if the issuer has it: at once where it is held, else after one reading, if one is allowed now.
   *
   * @throws `keys.unavailable` where none of its keys are known
   */
  async find(terms: MappedIssuer, named: NamedKey): Promise<VerifyKey | undefined> {
    if (terms.published === undefined) return keyIn(this.#ofMap(terms), named)
    return this.#setOf(terms).find(named)
  }

  /** Whether what was verified with its keys still counts: they are of the map, or not too old. */
  areUsable(terms: MappedIssuer): boolean {
    return terms.published === undefined || this.#setOf(terms).areUsable()
  }

  #ofMap(terms: MappedIssuer): readonly VerifyKey[] {
    const keys =
      this.#imported.get(terms) ?? terms.keys.flatMap((jwk) => readJwks({ keys: [jwk] }).keys)
    this.#imported.set(terms, keys)
    return keys
  }

  #setOf(terms: MappedIssuer): PublishedKeys {
    const origin = originOf(terms)
    const known = this.#published.get(origin)
    if (known !== undefined) return known
    this.#makeRoom()
    const { fetch, timer, onGone } = this.#settings
    const read = (): Promise<readonly VerifyKey[]> => readPublished(terms, fetch, timer)
    const made = new PublishedKeys(read, { timer, onGone, keptMs: terms.published?.keptMs ?? 0 })
    this.#published.set(origin, made)
    return made
  }

  /** What left the map goes first; beyond that nothing does, or reading would have no cooldown. */
  #makeRoom(): void {
    if (this.#published.size < FOREIGN_KEY_SETS_MAX) return
    const inForce = new Set([...(this.#settings.issuers()?.values() ?? [])].map(originOf))
    for (const origin of this.#published.keys())
      if (!inForce.has(origin)) this.#published.delete(origin)
    if (this.#published.size < FOREIGN_KEY_SETS_MAX) return
    const message = `Keys of more than ${FOREIGN_KEY_SETS_MAX} foreign issuers are not held.`
    throw new FreshetError('keys.unavailable', message)
  }
}

/** What is read depends on these terms alone, and stays where others change. */
function originOf({ issuer, published }: MappedIssuer): string {
  return JSON.stringify([issuer, published])
}
