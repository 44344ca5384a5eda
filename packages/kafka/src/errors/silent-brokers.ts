import { causesOf } from './library-error.ts'

/**
 * The time for which a leader that did not answer in time is not asked. By then, its cluster has noticed or
 * the leader answers again.
 */
export const LEADER_AVOIDED_MS = 3_000
/**
 * The time for which no session begins with a broker that did not answer in time: any other broker is as
 * good.
 */
export const SEED_AVOIDED_MS = 30_000
/** The most addresses that are remembered. */
const ADDRESSES_MAX = 1_000

/**
 * The brokers that recently did not answer in time. A paused process still accepts connections. Each request
 * to it would wait for the whole timeout, and so would each client that connects to it first.
 */
export class SilentBrokers {
  readonly #monotonicMs: () => number
  readonly #atMs = new Map<string, number>()

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Records an error of the library. The error names the broker if one did not answer in time. */
  note(error: unknown): void {
    for (const { name, message, broker } of causesOf(error)) {
      const isSilence =
        name === 'KafkaJSRequestTimeoutError' ||
        (name === 'KafkaJSConnectionError' && message?.includes('timeout') === true)
      if (isSilence && typeof broker === 'string') this.#remember(broker)
    }
  }

  /**
   * Returns whether the broker at an address (`host:port`) failed to answer in time within the last
   * `withinMs`.
   */
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
