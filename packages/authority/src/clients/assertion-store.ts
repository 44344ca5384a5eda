import { RETENTION } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'

/** Assertions are forgotten this long after they expired, for clocks that differ. */
export const ASSERTIONS_KEPT_MS: number = RETENTION.assertions.keptMs
/** The time between two rounds of removal. */
export const ASSERTIONS_ROUND_MS = 60_000

/** An assertion of a client whose signature and times hold. */
export interface UsedAssertion {
  readonly client: string
  readonly jti: string
  readonly expMs: number
}

/**
 * The store of used assertions (RFC 7523 §3, point 7). Shared by all authorities, so that none is used twice
 * anywhere. Time limits its size: an assertion lives for a minute at most.
 */
export interface AssertionStore {
  /**
   * Takes note of an assertion, durably; `false` if the client used that `jti` before.
   *
   * @throws `database.*`
   */
  use(assertion: UsedAssertion): Promise<boolean>
  /** Removes assertions that expired before; returns how many. @throws `database.*` */
  forgetBefore(expiredMs: number): Promise<number>
}

/** Forgets expired assertions until the signal aborts; a round that failed is followed by the next. */
export async function keepAssertions(
  store: AssertionStore,
  options: { readonly timer: Timer; readonly onFailure: (error: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const { timer, onFailure } = options
  while (!signal.aborted) {
    await store.forgetBefore(timer.nowMs() - ASSERTIONS_KEPT_MS).catch(onFailure)
    await timer.sleep(ASSERTIONS_ROUND_MS, signal)
  }
}
