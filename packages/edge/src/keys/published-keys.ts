import { FreshetError } from '@freshet/domain'
import type { Timer, VerifyKey } from '@freshet/events'
import { KEYS_COOLDOWN_MS, KEYS_REFRESH_MS, KEYS_STALE_MAX_MS } from '../limits.ts'
import { keyIn, type NamedKey } from './named-key.ts'

/** How long published keys are held, and who is told that they changed. */
export interface PublishedSettings {
  readonly timer: Timer
  /** Age at which keys that could not be read again are no longer used; a day at most. */
  readonly keptMs: number
  /** One that was held is gone, or another under the same name. */
  readonly onGone: () => void
}

/**
 * The keys that one issuer publishes. They are read when they are first asked for, behind whoever asks
 * once they have an age, and for a key that they lack: at most once in a cooldown, whoever asks and
 * however the reading ends. Where it fails, what is held counts until it is too old.
 */
export class PublishedKeys {
  readonly #read: () => Promise<readonly VerifyKey[]>
  readonly #settings: PublishedSettings
  #keys: readonly VerifyKey[] = []
  #readAtMs = Number.NEGATIVE_INFINITY
  #triedAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(read: () => Promise<readonly VerifyKey[]>, settings: PublishedSettings) {
    this.#read = read
    this.#settings = settings
  }

  /** Whether keys are held that are not too old; reads them behind the answer where they have an age. */
  areUsable(): boolean {
    if (this.#ageMs() > KEYS_REFRESH_MS) void this.#refresh()
    return this.#ageMs() <= Math.min(this.#settings.keptMs, KEYS_STALE_MAX_MS)
  }

  /** @throws `keys.unavailable` where none are held, or only such that are too old */
  async find(named: NamedKey): Promise<VerifyKey | undefined> {
    const held = this.areUsable() ? keyIn(this.#keys, named) : undefined
    if (held !== undefined) return held
    await this.#refresh()
    if (this.areUsable()) return keyIn(this.#keys, named)
    throw new FreshetError('keys.unavailable', 'The keys of the foreign issuer are not known.')
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
    const read = await this.#read().catch(() => undefined)
    if (read === undefined) return
    const gone = this.#keys.some((key) => keyIn(read, key)?.key.equals(key.key) !== true)
    this.#keys = read
    this.#readAtMs = this.#settings.timer.monotonicMs()
    if (gone) this.#settings.onGone()
  }
}
