import { dispositionOf, type FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { asFreshetError, produceTurn, type IntakeContext } from '../context.ts'
import type { WaitingAge } from '../stamps/stamp-store.ts'

/** A row that waits for longer is left over from a crash, a lost answer or an unavailable broker. */
export const LEFTOVER_AGE_MS = 1_000
/** The most partitions of feeds in one sweep. */
export const LEFTOVER_PARTITIONS_MAX = 200
/** The pause between two sweeps. */
export const LEFTOVER_INTERVAL_MS = 1_000
/**
 * The interval, in milliseconds, at which a sweeper that finds nothing reads rows of any age. Its other
 * sweeps read only the rows of this time. A database keeps removed rows for as long as any transaction is
 * older, and each read of all rows passes them. A row that was committed later than this after its date is
 * found by the next read of all rows.
 */
export const ALL_LEFTOVERS_MS = 10_000

const ANY_AGE: WaitingAge = { olderThanMs: LEFTOVER_AGE_MS }
const RECENT: WaitingAge = { olderThanMs: LEFTOVER_AGE_MS, youngerThanMs: ALL_LEFTOVERS_MS }

/**
 * Produces the rows of all gateways that were stamped and not acknowledged (rule 34). Returns the errors of
 * the feeds and partitions that could not be produced now.
 *
 * @throws `database.*`
 */
export async function produceLeftovers(context: IntakeContext): Promise<readonly FreshetError[]> {
  return (await produceAged(context, ANY_AGE)).errors
}

/** The result of a sweep. */
interface LeftoverResult {
  readonly isEmpty: boolean
  readonly errors: readonly FreshetError[]
}

async function produceAged(context: IntakeContext, age: WaitingAge): Promise<LeftoverResult> {
  const places = await context.store.leftovers(age, LEFTOVER_PARTITIONS_MAX)
  const turns = places.map((place) => produceTurn(context, place, place.partition))
  const outcomes = await Promise.allSettled(turns)
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [asFreshetError(outcome.reason)] : [],
  )
  return { isEmpty: places.length === 0, errors }
}

/**
 * Produces leftovers until the signal aborts. Errors that can pass are reported, and the next turn tries again. Any
 * other error rejects. While rows are left over, each turn reads rows of any age.
 */
export async function runLeftovers(
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
    const isWhole = nowMs - wholeAtMs >= ALL_LEFTOVERS_MS
    if (isWhole) wholeAtMs = nowMs
    const { isEmpty, errors } = await produceAged(context, isWhole ? ANY_AGE : RECENT).catch(failed)
    if (!isEmpty) wholeAtMs = Number.NEGATIVE_INFINITY
    for (const error of errors) {
      if (dispositionOf(error) !== 'retry') throw error
      report(error)
    }
    await timer.sleep(LEFTOVER_INTERVAL_MS, signal)
  }
}

/** Returns the result of a sweep whose read failed: it found no rows. */
function failed(error: unknown): LeftoverResult {
  return { isEmpty: true, errors: [asFreshetError(error)] }
}
