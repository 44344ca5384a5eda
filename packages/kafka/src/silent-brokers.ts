import { causesOf } from './library-error.ts'

/** So long a leader is not asked that did not answer in time. By then its cluster has noticed, too, or it answers. */
export const LEADER_AVOIDED_MS = 3_000
/** So long no session begins with a broker that did not answer in time: any other one does as well. */
export const SEED_AVOIDED_MS = 30_000
/** Most addresses that are remembered. */
const ADDRESSES_MAX = 1_000

/**
 * The brokers that lately did not answer in time. A process that stands still accepts connections all the same, so
 * each request to it would wait for the whole timeout, and so would whoever connects to it first.
 */
export class SilentBrokers {
  readonly #monotonicMs: () => number
  readonly #atMs = new Map<string, number>()

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Takes an error of the library, which names the broker where one did not answer in time. */
  note(error: unknown): void {
    for (const { name, message, broker } of causesOf(error)) {
      const isSilence =
        name === 'KafkaJSRequestTimeoutError' ||
        (name === 'KafkaJSConnectionError' && message?.includes('timeout') === true)
      if (isSilence && typeof broker === 'string') this.#remember(broker)
    }
  }

  /** Whether the broker of an address (`host:port`) did not answer in time within the last so many milliseconds. */
  has(address: string, withinMs: number): boolean {
    const atMs = this.#atMs.get(address)
    return atMs !== undefined && this.#monotonicMs() - atMs < withinMs
  }

  #remember(address: string): void {
    this.#atMs.delete(address)
    this.#atMs.set(address, this.#monotonicMs())
    const [oldest] = this.#atMs.keys()
    if (this.#atMs.size > ADDRESSES_MAX && oldest !== undefined) this.#atMs.delete(oldest)
  }
}
