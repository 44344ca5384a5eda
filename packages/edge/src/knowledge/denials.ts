import { denialKey, type Denial } from '@freshet/protocol'
import { TenantPlaces } from './tenant-places.ts'

interface HeldDenial {
  readonly change: string
  /** Monotonic seconds; infinite for a key or an issuer. */
  readonly endsAtS: number
  /** Number of its tenant. */
  readonly name: number
}

/** A denial with the change that ordered it. */
export interface AddedDenial extends Denial {
  readonly change: string
  /** The rest of its life in seconds; infinite for a key or an issuer. */
  readonly lastsS: number
}

/** Limits of the held denials. */
export interface DenialLimits {
  /** The places for denials of sessions and tokens, for all tenants. */
  readonly endingMax: number
  /** The places for denials of keys and issuers, for all tenants. No other denial takes one. */
  readonly lastingMax: number
}

/**
 * Denials, which carry no position: they hold against any label (rule 23). `version` changes
 * whenever one is added: a token that was not denied at a version need not be looked up again.
 *
 * A denial that finds no room makes its tenant lack it until it would have ended. A key or an
 * issuer never ends, so its tenant lacks it until all is read again.
 */
export class Denials {
  readonly #held = new Map<string, HeldDenial>()
  readonly #ending: TenantPlaces
  readonly #lasting: TenantPlaces
  #cursor: MapIterator<[string, HeldDenial]> = this.#held.entries()
  #version = 1

  constructor({ endingMax, lastingMax }: DenialLimits) {
    this.#ending = new TenantPlaces(endingMax)
    this.#lasting = new TenantPlaces(lastingMax)
  }

  get size(): number {
    return this.#held.size
  }

  get version(): number {
    return this.#version
  }

  /** The number of tenants that lack a denial; one that lacks of both sorts counts twice. */
  get lackingTenants(): number {
    return this.#ending.lackingTenants + this.#lasting.lackingTenants
  }

  /** Returns whether a denial of this tenant found no room and can still deny a token. */
  lacks(tenant: string): boolean {
    return this.#ending.lacks(tenant) || this.#lasting.lacks(tenant)
  }

  /** Returns whether something changed. A denial that is known already ends at the later of both times. */
  add(denial: AddedDenial, nowS: number): boolean {
    const { tenant, change, lastsS } = denial
    const key = denialKey(denial)
    const endsAtS = nowS + lastsS
    const known = this.#held.get(key)
    if (known !== undefined) {
      if (known.endsAtS < endsAtS) this.#held.set(key, { ...known, endsAtS })
      return false
    }
    const places = this.#placesOf(lastsS)
    const name = places.nameOf(tenant)
    if (places.hasRoom(name)) {
      places.take(name)
      this.#held.set(key, { change, endsAtS, name })
      this.#version += 1
    } else places.lose(name, endsAtS)
    return true
  }

  /** The change that denied it. */
  get(key: string): string | undefined {
    return this.#held.get(key)?.change
  }

  /** Drops what has ended, looking at `count` denials from where it stopped the last time. */
  prune(nowS: number, count: number): void {
    for (let checked = 0; checked < count; checked++) {
      const { value, done } = this.#cursor.next()
      if (done === true) {
        this.#cursor = this.#held.entries()
        break
      }
      const [key, { endsAtS, name }] = value
      if (endsAtS >= nowS) continue
      this.#held.delete(key)
      this.#ending.leave(name)
    }
    this.#ending.prune(nowS)
  }

  /** The records that stated them are no longer believed; all is read again. */
  forget(): void {
    this.#held.clear()
    this.#cursor = this.#held.entries()
    this.#ending.clear()
    this.#lasting.clear()
  }

  #placesOf(lastsS: number): TenantPlaces {
    return Number.isFinite(lastsS) ? this.#ending : this.#lasting
  }
}
