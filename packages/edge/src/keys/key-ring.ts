import { FreshetError } from '@freshet/protocol'
import type { Timer, VerifyKey } from '@freshet/wire'
import * as limits from '../limits.ts'
import type { KeySets } from './discover-keys.ts'

/** Reads both key sets anew. */
export type ReadKeys = () => Promise<KeySets>

type SetName = keyof KeySets

/**
 * The issuer's keys, by id. An unknown id causes one fetch, shared by all who wait and never more
 * than one in 30 s; a set that could not be fetched again for a day is no longer used.
 */
export class KeyRing {
  readonly #read: ReadKeys
  readonly #timer: Timer
  readonly #random: () => number
  readonly #onChange: (gone: { readonly checkpoints: readonly string[] }) => void
  readonly #loaded: Promise<void>
  #onLoaded: () => void = () => undefined
  #sets: Readonly<Record<SetName, ReadonlyMap<string, VerifyKey>>> | undefined
  #readAtMs = 0
  #trouble: unknown
  #triedAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #early = new AbortController()

  constructor(
    read: ReadKeys,
    timer: Timer,
    onChange: (gone: { readonly checkpoints: readonly string[] }) => void,
    random: () => number,
  ) {
    this.#read = read
    this.#timer = timer
    this.#random = random
    this.#onChange = onChange
    this.#loaded = new Promise((resolve) => {
      this.#onLoaded = resolve
    })
  }

  get isLoaded(): boolean {
    return this.#sets !== undefined && !this.#isStale()
  }

  /** Why the last reading failed; undefined while none has failed since the last one that did not. */
  get trouble(): unknown {
    return this.#trouble
  }

  get isCoolingDown(): boolean {
    return this.#timer.monotonicMs() - this.#triedAtMs < limits.KEYS_COOLDOWN_MS
  }

  /** Resolves when keys were read once, or the signal aborts. */
  async whenLoaded(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#loaded, aborted])
  }

  /** The key, at once where it is held; else after one fetch, if one is allowed now. */
  find(set: SetName, kid: string): VerifyKey | undefined | Promise<VerifyKey | undefined> {
    const held = this.#held(set, kid)
    if (held !== undefined) return held
    if (this.#reading === undefined && this.isCoolingDown) return undefined
    return this.#refresh().then(
      () => this.#held(set, kid),
      () => undefined,
    )
  }

  /**
   * Plans a new reading of the keys after an event that every edge sees. It happens within some seconds, at
   * different moments in different edges, and after the cooldown.
   */
  renew(): void {
    this.#early.abort()
  }

  /** Reads the keys until the signal aborts: soon again while there are none, then as they age. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = limits.RETRY_FIRST_MS
    while (!signal.aborted) {
      this.#early = new AbortController()
      const isRead = await this.#refresh().then(
        () => true,
        () => false,
      )
      pauseMs = isRead ? limits.RETRY_FIRST_MS : Math.min(pauseMs * 2, limits.RETRY_MAX_MS)
      await this.#rest(isRead ? limits.KEYS_REFRESH_MS : pauseMs, signal)
    }
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const early = this.#early.signal
    await this.#timer.sleep(ms, AbortSignal.any([signal, early]))
    if (!early.aborted) return
    const cooldownMs = this.#triedAtMs + limits.KEYS_COOLDOWN_MS - this.#timer.monotonicMs()
    const spreadMs = Math.floor(this.#random() * limits.KEYS_RENEW_SPREAD_MS)
    await this.#timer.sleep(Math.max(spreadMs, cooldownMs), signal)
  }

  #held(set: SetName, kid: string): VerifyKey | undefined {
    return this.#isStale() ? undefined : this.#sets?.[set].get(kid)
  }

  #isStale(): boolean {
    return this.#timer.monotonicMs() - this.#readAtMs > limits.KEYS_STALE_MAX_MS
  }

  #refresh(): Promise<void> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #load(): Promise<void> {
    this.#triedAtMs = this.#timer.monotonicMs()
    const read = await this.#read().catch((error: unknown) => {
      this.#trouble = error
      throw error
    })
    this.#trouble = undefined
    const before = this.#sets
    this.#sets = { tokens: byKid(read.tokens), checkpoints: byKid(read.checkpoints) }
    this.#readAtMs = this.#timer.monotonicMs()
    this.#onLoaded()
    if (before === undefined) return
    const gone = missing(before.checkpoints, this.#sets.checkpoints)
    const isTokenKeyGone = missing(before.tokens, this.#sets.tokens).length > 0
    if (gone.length > 0 || isTokenKeyGone) this.#onChange({ checkpoints: gone })
  }
}

function byKid(keys: readonly VerifyKey[]): ReadonlyMap<string, VerifyKey> {
  const found = new Map(keys.map((key) => [key.kid, key]))
  if (found.size === keys.length) return found
  throw new FreshetError('keys.unavailable', 'A key set has two keys with the same kid.')
}

/** Ids whose key is no longer there, or is another one under the same name. */
function missing(
  before: ReadonlyMap<string, VerifyKey>,
  now: ReadonlyMap<string, VerifyKey>,
): readonly string[] {
  return [...before].flatMap(([kid, key]) =>
    now.get(kid)?.key.equals(key.key) === true ? [] : kid,
  )
}
