import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { MarkedChunk, MarkStore } from './mark-store.ts'

/** Ledger rows that one transaction of marking looks at. */
export const MARK_CHUNK_ROWS = 5_000
/** Pause while there is nothing to mark, and after a failure. */
export const MARK_IDLE_MS = 500
/** Pause between two chunks, so that marking never takes a core from recording. */
export const MARK_BREATH_MS = 5

/** What marking needs. */
export interface MarkContext {
  readonly store: MarkStore
  readonly timer: Timer
  readonly issuer: string
  onMarked?(chunk: MarkedChunk): void
  /** Marking failed and goes on later. */
  onFailed?(error: unknown): void
}

/**
 * Marks the tokens of wide changes in the background, chunk by chunk, until the signal aborts.
 * Failures that the world may heal are tried again after a pause.
 *
 * @throws whatever is not of disposition `retry`
 */
export async function runMarking(context: MarkContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const chunk = await markOne(context)
    await context.timer.sleep(chunk === undefined ? MARK_IDLE_MS : MARK_BREATH_MS, signal)
  }
}

async function markOne(context: MarkContext): Promise<MarkedChunk | undefined> {
  const { store, issuer, timer } = context
  try {
    const chunk = await store.markChunk({ rows: MARK_CHUNK_ROWS, issuer, nowMs: timer.nowMs() })
    if (chunk !== undefined) context.onMarked?.(chunk)
    return chunk
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    context.onFailed?.(error)
    return undefined
  }
}
