import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { FreshetError } from '@freshet/protocol'

/**
 * A pause between two questions lasts as long as the last answer took, so that asking is half the work. It lasts at
 * least a twentieth of the wait so far.
 */
const PAUSE_MS = { min: 20, max: 200 } as const
const SHARE_OF_WAIT = 1 / 20

/**
 * Asks again and again until there is an answer, and returns the time it took.
 *
 * @throws `limit.reached` naming what was waited for, with the last failure as its cause
 */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const startMs = performance.now()
  let cause: unknown
  for (;;) {
    const startedMs = performance.now()
    const value = await ask().catch((error: unknown) => {
      cause = error
      return undefined
    })
    const ms = performance.now() - startMs
    if (value !== undefined) return { value, ms }
    if (ms > withinMs) {
      const why = cause instanceof Error ? `: ${cause.message}` : ''
      const message = `${what} did not happen within ${withinMs / 1000} s${why}`
      throw new FreshetError('limit.reached', message, { cause })
    }
    const tookMs = performance.now() - startedMs
    const pauseMs = Math.max(PAUSE_MS.min, tookMs, ms * SHARE_OF_WAIT)
    await wait(Math.min(pauseMs, PAUSE_MS.max))
  }
}

/** The outcome of work that is under way, or an error when it takes too long. */
export async function inTime<T>(what: string, withinMs: number, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = wait(withinMs, undefined, { signal: done.signal }).then(() => {
    throw new FreshetError('limit.reached', `${what}: not within ${withinMs / 1000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    done.abort()
  }
}
