import type { Timer } from '@freshet/wire'

/** The renewal of an ownership during long work. */
export interface Renewing {
  readonly timer: Timer
  readonly everyMs: number
  /** `false`: another publisher owns it now. `undefined`: the renewal failed, and will be retried. */
  readonly renew: () => Promise<boolean | undefined>
}

/**
 * Renews an ownership during the work. The signal of the work aborts with the given one, and if another
 * publisher takes the ownership.
 */
export async function whileRenewed<T>(
  renewing: Renewing,
  signal: AbortSignal,
  work: (owned: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const owned = AbortSignal.any([signal, over.signal])
  try {
    const both = [work(owned).finally(end), keepRenewed(renewing, owned).finally(end)] as const
    const [result] = await Promise.all(both)
    return result
  } finally {
    end()
  }
}

async function keepRenewed(
  { timer, everyMs, renew }: Renewing,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await timer.sleep(everyMs, signal)
    if (signal.aborted || (await renew()) === false) return
  }
}
