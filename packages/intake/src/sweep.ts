import { dispositionOf, type FreshetError } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import { asFreshetError, produceTurn, type IntakeContext } from './context.ts'
import type { WaitingAge } from './stamp-store.ts'

/** A row that waits for longer was left over: by a crash, a lost answer or a broker that was away. */
export const LEFTOVER_AGE_MS = 1_000
/** Most feeds × partitions of one sweep. */
export const SWEEP_MAX = 200
/** Pause between two sweeps. */
export const SWEEP_INTERVAL_MS = 1_000
/**
 * How often a sweeper that finds nothing looks at rows of any age, in milliseconds. In between it looks at the
 * rows of this time alone: a database keeps removed rows for as long as any transaction is older, and each look
 * at all rows passes them. A row that was committed later than this after it was dated is found by the next look at all.
 */
export const WHOLE_SWEEP_MS = 10_000

const ANY_AGE: WaitingAge = { olderThanMs: LEFTOVER_AGE_MS }
const RECENT: WaitingAge = { olderThanMs: LEFTOVER_AGE_MS, youngerThanMs: WHOLE_SWEEP_MS }

/**
 * Produces what any gateway stamped and did not get acknowledged (rule 34). Returns the errors of
 * the feeds and partitions that could not be produced now.
 *
 * @throws `database.*`
 */
export async function sweep(context: IntakeContext): Promise<readonly FreshetError[]> {
  return (await sweepOf(context, ANY_AGE)).errors
}

/** What a sweep found. */
interface Swept {
  readonly isEmpty: boolean
  readonly errors: readonly FreshetError[]
}

async function sweepOf(context: IntakeContext, age: WaitingAge): Promise<Swept> {
  const places = await context.store.leftovers(age, SWEEP_MAX)
  const turns = places.map((place) => produceTurn(context, place, place.partition))
  const outcomes = await Promise.allSettled(turns)
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [asFreshetError(outcome.reason)] : [],
  )
  return { isEmpty: places.length === 0, errors }
}

/**
 * Sweeps until the signal aborts. Errors that the world may heal are reported and the next sweep
 * tries again; anything else rejects. While rows are left over it looks at rows of any age each time.
 */
export async function runSweeper(
  context: IntakeContext,
  options: {
    readonly timer: Timer
    readonly signal: AbortSignal
    readonly report: (error: FreshetError) => void
  },
): Promise<void> {
  const { timer, signal, report } = options
  let wholeAtMs = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    const nowMs = timer.monotonicMs()
    const isWhole = nowMs - wholeAtMs >= WHOLE_SWEEP_MS
    if (isWhole) wholeAtMs = nowMs
    const { isEmpty, errors } = await sweepOf(context, isWhole ? ANY_AGE : RECENT).catch(failed)
    if (!isEmpty) wholeAtMs = Number.NEGATIVE_INFINITY
    for (const error of errors) {
      if (dispositionOf(error) !== 'retry') throw error
      report(error)
    }
    await timer.sleep(SWEEP_INTERVAL_MS, signal)
  }
}

/** A look that failed found nothing. */
function failed(error: unknown): Swept {
  return { isEmpty: true, errors: [asFreshetError(error)] }
}
