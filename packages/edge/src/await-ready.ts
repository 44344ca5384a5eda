import { FreshetError } from '@freshet/protocol'
import { TIMEOUT_MS_MAX } from './limits.ts'
import type { EdgeParts } from './parts.ts'
import { holdProcess } from './system.ts'
import { waitsFor } from './waits-for.ts'

/** Options of `ready`. */
export interface ReadyOptions {
  /** The longest wait in milliseconds, at most 2,147,483,647. Default: no limit. */
  readonly timeoutMs?: number
}

/**
 * Waits until the edge is ready. Meanwhile the process does not end, although no server listens yet.
 *
 * @throws `edge.not-live` after the timeout, naming what the edge waits for; `config.invalid`
 */
export async function awaitReady(parts: EdgeParts, { timeoutMs }: ReadyOptions): Promise<void> {
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX))
    throw new FreshetError('config.invalid', `timeoutMs: above 0 and at most ${TIMEOUT_MS_MAX}`)
  const done = new AbortController()
  const release = holdProcess(parts.settings.timer)
  try {
    const late = timeoutMs === undefined ? [] : [rejectAfter(timeoutMs, parts, done.signal)]
    await Promise.race([parts.readiness.promise, ...late])
  } finally {
    done.abort()
    release()
  }
}

async function rejectAfter(ms: number, parts: EdgeParts, over: AbortSignal): Promise<void> {
  await parts.settings.timer.sleep(ms, over)
  if (over.aborted) return
  const { what, cause } = waitsFor(parts)
  const message = `The edge is not ready after ${ms / 1_000} s: ${what}`
  throw new FreshetError('edge.not-live', message, { cause })
}
