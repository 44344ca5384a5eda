import { FreshetError, RETENTION } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'

/** The most assertions of one call of the store. */
const BATCH_MAX = 500
/** The most assertions that wait for the store at one gateway. */
const WAITING_MAX = 10_000
const FULL_RETRY_MS = 1_000
/** The pause between two rounds of deletion. */
const ROUND_MS = 60_000

/** An assertion of a source with a valid signature and valid times. */
export interface SourceUse {
  readonly source: string
  readonly jti: string
  readonly expMs: number
}

/** The used assertions of sources, for all gateways (RFC 7523 §3, point 7). */
export interface SourceUseStore {
  /**
   * Records assertions, which must all differ. Returns for each whether this was its first use at any
   * gateway.
   *
   * @throws `database.*`
   */
  use(uses: readonly SourceUse[]): Promise<readonly boolean[]>
  /**
   * Deletes assertions that expired before that time, at most `limit`. Returns their number. @throws
   * `database.*`
   */
  forgetBefore(expiredMs: number, limit: number): Promise<number>
}

interface Waiting {
  readonly use: SourceUse
  readonly resolve: (isFirst: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Records the assertions that sources used at any gateway. Requests that arrive while the store works share
 * its next call, so a busy gateway makes one call at a time.
 */
export class UsedAssertions {
  readonly #store: SourceUseStore
  readonly #waiting: Waiting[] = []
  #isWorking = false

  constructor(store: SourceUseStore) {
    this.#store = store
  }

  /**
   * Records an assertion for all gateways.
   *
   * @throws `event.unauthentic` if it was used before, `limit.reached`, `database.*`
   */
  async use(use: SourceUse): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) {
      const message = `More than ${WAITING_MAX} requests wait for the database.`
      throw new FreshetError('limit.reached', message, { retryAfterMs: FULL_RETRY_MS })
    }
    const isFirst = await new Promise<boolean>((resolve, reject) => {
      this.#waiting.push({ use, resolve, reject })
      if (!this.#isWorking) void this.#work()
    })
    if (isFirst) return
    const message = `An assertion of source ${use.source} was used before: sign one per request.`
    throw new FreshetError('event.unauthentic', message)
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      try {
        const firsts = await this.#store.use(batch.map(({ use }) => use))
        batch.forEach(({ resolve }, n) => resolve(firsts[n] === true))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isWorking = false
  }
}

/** The most rows of one deletion. */
const FORGET_MAX = 20_000

/**
 * Deletes expired assertions until the signal aborts. After a round that failed, the next round tries again.
 */
export async function keepSourceUses(
  store: SourceUseStore,
  options: { readonly timer: Timer; readonly onFailure: (error: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const { timer, onFailure } = options
  while (!signal.aborted) {
    await forgetAll(store, timer.nowMs() - RETENTION.assertions.keptMs).catch(onFailure)
    await timer.sleep(ROUND_MS, signal)
  }
}

async function forgetAll(store: SourceUseStore, expiredMs: number): Promise<void> {
  while ((await store.forgetBefore(expiredMs, FORGET_MAX)) === FORGET_MAX);
}
