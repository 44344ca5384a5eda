import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { MarkedAgain, MarkedChunk, MarkStore } from './mark-store.ts'

/** Ledger rows that one transaction of marking looks at. */
export const MARK_CHUNK_ROWS = 5_000
/** Recorded batches whose marks one statement makes once more. */
export const MARK_AGAIN_BATCHES = 16
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
  /** Batches that their recorder left behind were marked again. */
  onMarkedAgain?(again: MarkedAgain): void
  /** Marking failed and goes on later. */
  onFailed?(error: unknown): void
}

/**
 * Marks in the background until the signal aborts: once more what a recorder left behind, and the
 * tokens of wide changes chunk by chunk. Failures that the world may heal are tried again after a
 * pause.
 *
 * @throws whatever is not of disposition `retry`
 */
export async function runMarking(context: MarkContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isIdle = !(await markSome(context))
    await context.timer.sleep(isIdle ? MARK_IDLE_MS : MARK_BREATH_MS, signal)
  }
}

/** One step of either, so that neither waits for the other's end. Answers whether anything was done. */
async function markSome(context: MarkContext): Promise<boolean> {
  try {
    const again = await markLeftBehind(context)
    const chunk = await markWide(context)
    return again || chunk
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    context.onFailed?.(error)
    return false
  }
}

async function markLeftBehind(context: MarkContext): Promise<boolean> {
  const again = await context.store.markAgain(MARK_AGAIN_BATCHES)
  if (again.batches === 0) return false
  context.onMarkedAgain?.(again)
  return true
}

async function markWide(context: MarkContext): Promise<boolean> {
  const { store, issuer, timer } = context
  const chunk = await store.markChunk({ rows: MARK_CHUNK_ROWS, issuer, nowMs: timer.nowMs() })
  if (chunk === undefined) return false
  context.onMarked?.(chunk)
  return true
}
