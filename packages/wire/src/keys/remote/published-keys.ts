import { FreshetError, KEYS_REFRESH_MS } from '@freshet/protocol'
import type { JwksReading } from '../jwks.ts'
import type { VerifyKey } from '../keys.ts'
import type { Timer } from '../../log/timer.ts'
import { KEYS_COOLDOWN_MS, KEYS_STALE_MAX_MS } from './limits.ts'
import { keyIn, type NamedKey } from './named-key.ts'

/** The time for which published keys are held, and the callback for their changes. */
export interface PublishedSettings {
  readonly timer: Timer
  /** Names the issuer in errors. */
  readonly issuer: string
  /** Age at which keys that could not be read again are no longer used; a day at most. */
  readonly keptMs: number
  /** Called when a key that was held is gone, or another key has its name. */
  readonly onGone: () => void
}

const NONE: JwksReading = { keys: [], passedOver: [] }

/**
 * The keys that one issuer publishes. A first request reads them. Later they are read in the background once
 * they reach an age, and for a key that they lack. A reading happens at most once in a cooldown, whatever
 * requests it and however it ends. If it fails, the held keys count until they are too old.
 */
export class PublishedKeys {
  readonly #read: () => Promise<JwksReading>
  readonly #settings: PublishedSettings
  #set: JwksReading = NONE
  #readAtMs = Number.NEGATIVE_INFINITY
  #triedAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #trouble: unknown

  constructor(read: () => Promise<JwksReading>, settings: PublishedSettings) {
    this.#read = read
    this.#settings = settings
  }

  /**
   * Returns whether keys are held that are not too old; reads them in the background once they reach an age.
   */
  areUsable(): boolean {
    if (this.#ageMs() > KEYS_REFRESH_MS) void this.#refresh()
    return this.#ageMs() <= Math.min(this.#settings.keptMs, KEYS_STALE_MAX_MS)
  }

  /**
   * Returns the key: at once if it is held, else after one reading, if one is allowed now.
   *
   * @throws `keys.unavailable` if no keys are held, or they are too old, or none of them verifies
   */
  async find(named: NamedKey): Promise<VerifyKey | undefined> {
    const held = this.areUsable() ? keyIn(this.#set.keys, named) : undefined
    if (held !== undefined) return held
    await this.#refresh()
    if (!this.areUsable()) throw this.#unavailable('are not known', this.#trouble)
    const { keys, passedOver } = this.#set
    const [first] = passedOver
    if (keys.length === 0 && first !== undefined)
      throw this.#unavailable(`verify nothing here: ${first.name}: ${first.why}`)
    return keyIn(keys, named)
  }

  #unavailable(what: string, cause?: unknown): FreshetError {
    const message = `The keys that ${this.#settings.issuer} publishes ${what}.`
    return new FreshetError('keys.unavailable', message, { cause })
  }

  #ageMs(): number {
    return this.#settings.timer.monotonicMs() - this.#readAtMs
  }

  /** Waits for a reading that is in progress; begins one only if the cooldown is over. It never rejects. */
  #refresh(): Promise<void> {
    if (this.#reading !== undefined) return this.#reading
    const nowMs = this.#settings.timer.monotonicMs()
    if (nowMs - this.#triedAtMs < KEYS_COOLDOWN_MS) return Promise.resolve()
    this.#triedAtMs = nowMs
    this.#reading = this.#load().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #load(): Promise<void> {
    try {
      const read = await this.#read()
      const gone = this.#set.keys.some((key) => keyIn(read.keys, key)?.key.equals(key.key) !== true)
      this.#set = read
      this.#readAtMs = this.#settings.timer.monotonicMs()
      if (gone) this.#settings.onGone()
    } catch (error) {
      this.#trouble = error
    }
  }
}
