import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { FreshetError } from '@freshet/domain'

/** Pauses between questions: at least so long, and as long as the answer took, so that asking is half the work. */
const PAUSE_MS = { min: 20, max: 200 } as const

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
    const askedMs = performance.now()
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
    const tookMs = performance.now() - askedMs
    await wait(Math.min(Math.max(PAUSE_MS.min, tookMs), PAUSE_MS.max))
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
