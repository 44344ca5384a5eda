import { dispositionOf } from '@freshet/protocol'
import { QueueFloor, type Timer } from '@freshet/wire'
import type { Rest } from '../quiet-rests.ts'

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

/** The limits of one step of marking. */
export interface MarkLimit {
  /** Tokens of the ledger that it reads at most. */
  readonly rows: number
  /** Marks that it processes together at most. */
  readonly marks: number
  /** Tenant of the step before; empty: there was none. The step takes the next tenant by name. */
  readonly after: string
  /**
   * Reads only marks whose last turn was after this, in microseconds since 1970 by the store's clock;
   * default: all. A database keeps removed marks while any transaction is older, and each read from their
   * start passes them.
   */
  readonly behind?: bigint
  /**
   * Called with a time, in microseconds since 1970 by the store's clock. Every mark whose last turn was before
   * it is done, or was committed late.
   */
  readonly onFloor?: (before: bigint) => void
  /** Called with the tenant of this turn before any of its marks is processed, so also if the step fails. */
  readonly onTurn?: (tenant: string) => void
}

/** The result of one step of marking. */
export interface MarkedStep {
  readonly tenant: string
  /** Marks that are done with this step; the others continue behind the tokens that it read. */
  readonly made: number
  /**
   * Tokens that became stale, by change: the class of the change, if it has one, and the number of tokens.
   */
  readonly stale: readonly { readonly class: string | null; readonly tokens: number }[]
  /** True if the step has seen more marks than it finished: of another tenant, in another way, or beyond a limit. */
  readonly more: boolean
}

/** The marks that wait, and the ledger. Marks are evidence and decide nothing. */
export interface MarkStore {
  /**
   * Processes marks of one tenant, within the limit, in one short transaction of its own. Its snapshot is
   * later than the commit of the changes behind the marks. A mint records, commits and then rechecks. So one
   * of the two sees the other, and no released token stays unmarked (S9). A token that is stale already keeps
   * its first reason. Tokens are counted in the change log. `undefined`: no mark waits, or other processes
   * have the waiting marks in progress.
   *
   * @throws `database.*`; the step then had no effect, and is repeated
   */
  markSome(limit: MarkLimit): Promise<MarkedStep | undefined>
}
