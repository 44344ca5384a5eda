import { dispositionOf } from '@freshet/protocol'
import { QueueFloor, type Timer } from '@freshet/wire'
import type { Rest } from '../quiet-rests.ts'
import type { MarkedStep, MarkLimit, MarkStore } from './mark-store.ts'

/** Tokens of the ledger that one step of marking reads; half of them after each failed step. */
export const MARK_STEP_ROWS = 2_000
/** Tokens that a step reads at least, however often steps failed. */
export const MARK_STEP_ROWS_MIN = 100
/** Marks that one step processes together. */
export const MARK_STEP_MARKS = 250
/** The pause while no mark waits, unless there is a `rest`, and the pause after a failure. */
export const MARK_IDLE_MS = 1_000
/** Pause between two steps while more marks wait, so that marking never takes a core from recording. */
export const MARK_BREATH_MS = 5
/** Pause after a step that left none: marks that come meanwhile share the next step. */
export const MARK_GATHER_MS = 100

/**
 * The time between two reads of the queue from its start. A mark that is committed very late is made at most
 * this much later. It is evidence, and such a read passes every removed mark that an open snapshot keeps.
 */
export const MARK_FULL_SCAN_MS = 60_000

/** The dependencies of marking. */
export interface MarkContext {
  readonly store: MarkStore
  readonly timer: Timer
  /** The rest after a step that found no mark. Absent: marking sleeps. */
  readonly rest?: Rest
  onMarked?(step: MarkedStep): void
  /** Marking failed and will retry. */
  onFailed?(error: unknown): void
}

/**
 * Processes marks step by step until the signal aborts, one tenant after the other, so that no tenant waits
 * for the end of another one's. A step that fails for a temporary cause is retried after a pause, when its
 * tenant has its next turn.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runMarking(context: MarkContext, signal: AbortSignal): Promise<void> {
  const { timer } = context
  let after = ''
  let rows = MARK_STEP_ROWS
  const floor = new QueueFloor(timer, MARK_FULL_SCAN_MS)
  const onTurn = (tenant: string): void => void (after = tenant)
  const onFloor = (before: bigint): void => floor.raise(before - 1n)
  while (!signal.aborted) {
    const behind = floor.next()
    const limit = { rows, marks: MARK_STEP_MARKS, after, behind, onTurn, onFloor }
    const step = await markOnce(context, limit)
    const isFailed = step === 'failed'
    rows = isFailed ? Math.max(MARK_STEP_ROWS_MIN, Math.floor(rows / 2)) : MARK_STEP_ROWS
    if (isFailed) await timer.sleep(MARK_IDLE_MS, signal)
    else if (step === undefined) {
      after = ''
      await rest(context, signal)
    } else await timer.sleep(step.more ? MARK_BREATH_MS : MARK_GATHER_MS, signal)
  }
}

function rest(context: MarkContext, signal: AbortSignal): Promise<unknown> {
  return context.rest?.(MARK_GATHER_MS, signal) ?? context.timer.sleep(MARK_IDLE_MS, signal)
}

async function markOnce(
  context: MarkContext,
  limit: MarkLimit,
): Promise<MarkedStep | 'failed' | undefined> {
  try {
    const step = await context.store.markSome(limit)
    if (step !== undefined) context.onMarked?.(step)
    return step
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    context.onFailed?.(error)
    return 'failed'
  }
}
