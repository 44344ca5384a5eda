import type { MappedIssuer } from '@freshet/protocol'
import {
  keyIn,
  PublishedKeySets,
  readJwks,
  type Fetch,
  type KeyOrigin,
  type NamedKey,
  type Timer,
  type VerifyKey,
} from '@freshet/wire'
import { FOREIGN_KEY_SETS_MAX } from '../limits.ts'

/** Settings of reading published keys. */
export interface ForeignKeySettings {
  readonly fetch: Fetch
  readonly timer: Timer
  /** The issuers in force: what others publish is not held. */
  readonly issuers: () => ReadonlyMap<string, MappedIssuer> | undefined
  /** A key that was held is gone: what was verified with it must not be taken for verified. */
  readonly onGone: () => void
}

/**
 * The keys of foreign issuers: those of the claim map, or those that an issuer publishes at the address in
 * the claim map. No other address counts. A token never names an address.
 */
export class ForeignKeys {
  readonly #imported = new WeakMap<MappedIssuer, readonly VerifyKey[]>()
  readonly #published: PublishedKeySets

  constructor({ fetch, timer, issuers, onGone }: ForeignKeySettings) {
    const inForce = (): readonly KeyOrigin[] =>
      [...(issuers()?.values() ?? [])].flatMap((terms) => originOf(terms) ?? [])
    const setsMax = FOREIGN_KEY_SETS_MAX
    this.#published = new PublishedKeySets({ fetch, timer, setsMax, inForce, onGone })
  }

  /**
   * The key, if the issuer has it: at once where it is held, else after one reading, if one is allowed now.
   *
   * @throws `keys.unavailable` where none of its keys are known
   */
  async find(terms: MappedIssuer, named: NamedKey): Promise<VerifyKey | undefined> {
    const origin = originOf(terms)
    if (origin === undefined) return keyIn(this.#ofMap(terms), named)
    return this.#published.of(origin).find(named)
  }

  /** Returns whether tokens verified with its keys still count: the keys are from the map, or not too old. */
  areUsable(terms: MappedIssuer): boolean {
    const origin = originOf(terms)
    return origin === undefined || this.#published.of(origin).areUsable()
  }

  #ofMap(terms: MappedIssuer): readonly VerifyKey[] {
    const known = this.#imported.get(terms)
    const keys = known ?? terms.keys.flatMap((jwk) => readJwks({ keys: [jwk] }).keys)
    this.#imported.set(terms, keys)
    return keys
  }
}

function originOf({ issuer, published }: MappedIssuer): KeyOrigin | undefined {
  return published === undefined ? undefined : { issuer, published }
}
