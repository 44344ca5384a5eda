import { FreshetError, KEYS_REFRESH_MS } from '@freshet/domain'
import type { JwksReading } from '../jwks.ts'
import type { VerifyKey } from '../keys.ts'
import type { Timer } from '../timer.ts'
import { KEYS_COOLDOWN_MS, KEYS_STALE_MAX_MS } from './limits.ts'
import { keyIn, type NamedKey } from './named-key.ts'

/** How long published keys are held, and who learns that they changed. */
export interface PublishedSettings {
  readonly timer: Timer
  /** Names the issuer in errors. */
  readonly issuer: string
  /** Age at which keys that could not be read again are no longer used; a day at most. */
  readonly keptMs: number
  /** Called when a key that was held is gone, or another one has its name. */
  readonly onGone: () => void
}

const NONE: JwksReading = { keys: [], passedOver: [] }

/**
 * The keys that one issuer publishes. They are read when a caller first asks for them, behind an
 * answer once they have an age, and for a key that they lack: at most once in a cooldown, whoever
 * asks and however the reading ends. Where it fails, the held keys count until they are too old.
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

  /** Whether keys are held that are not too old; reads them behind the answer where they have an age. */
  areUsable(): boolean {
    if (this.#ageMs() > KEYS_REFRESH_MS) void this.#refresh()
    return this.#ageMs() <= Math.min(this.#settings.keptMs, KEYS_STALE_MAX_MS)
  }

  /**
   * The key, at once where it is held; else after one reading, if one is allowed now.
   *
   * @throws `keys.unavailable` where no keys are held, or they are too old, or none of them verifies
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

  /** Waits for a reading that is under way; begins one only where the cooldown is over. Never rejects. */
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
