import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { readClocks, type ClockReading } from '../age/clocks.ts'
import { OLD_AFTER_MS } from '../age/figures.ts'
import { onWake } from '../age/pulse.ts'
import { useIsOld } from '../age/use-age.ts'
import { ask } from './ask.ts'
import { Poll } from './poll.ts'
import { problemOf, type Problem } from './problem.ts'

/** The state of an answer. `problem` beside `data`: it is of before, and the last question failed. */
export interface Answer<T> {
  readonly data: T | undefined
  readonly problem: Problem | undefined
  /** The moment at which `data` came. */
  readonly at: ClockReading | undefined
  /** The same by this browser's clock. */
  readonly atMs: number
  readonly isAsking: boolean
  /** The figures are older than a reader expects. An answer of `once` is never old. */
  readonly isOld: boolean
  readonly again: () => void
}

const EVERY_MS = 10_000
/** A question without an answer is asked again sooner: a connection that ended in a sleep fails once. */
const AGAIN_AFTER_MS = 2_000

/**
 * The time between two questions, or the way without a next one. `once`: the answer is of a moment that its text has, or
 * another way keeps it up to date. `on request`: the answer is of now, so it grows old until a reader asks again.
 */
type Every = number | 'once' | 'on request'
const NOTHING = { data: undefined, problem: undefined, at: undefined, isAsking: true } as const

type Known<T> = Pick<Answer<T>, 'data' | 'problem' | 'isAsking' | 'at'>

/**
 * Asks when shown, when the path changes, every so often, and when a reader comes back. A hidden tab asks
 * nothing. `null` asks nothing. An answer without a next question is asked for again on request alone.
 */
export function useAnswer<T>(path: string | null, everyMs: Every = EVERY_MS): Answer<T> {
  const [known, setKnown] = useState<Known<T>>(NOTHING)
  const poll = useRef<Poll>(undefined)
  const again = useCallback(() => poll.current?.again(), [])

  useEffect(() => {
    setKnown({ ...NOTHING, isAsking: path !== null })
    if (path === null) return undefined
    let later: ReturnType<typeof setTimeout> | undefined
    const own: Poll = new Poll(async (signal) => {
      clearTimeout(later)
      const isAnswered = await answered<T>(path, signal, setKnown)
      if (!isAnswered && !signal.aborted && typeof everyMs === 'number')
        later = setTimeout(() => turnOf(own), AGAIN_AFTER_MS)
    })
    poll.current = own
    const ended = keepTurns(own, everyMs)
    return () => {
      clearTimeout(later)
      ended()
      own.end()
    }
  }, [path, everyMs])

  const { at } = known
  const isOld = useIsOld(isOfNow(everyMs) ? at : undefined)
  return { ...known, atMs: at?.wallMs ?? 0, isOld, again }
}

/** Figures that are asked for less often than figures grow old are of a day or an hour, and not of now. */
function isOfNow(everyMs: Every): boolean {
  return typeof everyMs === 'number' ? everyMs < OLD_AFTER_MS : everyMs === 'on request'
}

type SetKnown<T> = (change: (before: Known<T>) => Known<T>) => void

/** Resolves with false if nothing answered, also no refusal. */
async function answered<T>(path: string, signal: AbortSignal, set: SetKnown<T>): Promise<boolean> {
  set((before) => ({ ...before, isAsking: true }))
  const shown = await ask<T>(path, { signal })
    .then((data) => ({ data, problem: undefined, at: readClocks(), isAsking: false }))
    .catch((error: unknown) => ({ problem: problemOf(error), isAsking: false }))
  if (!signal.aborted) set((before) => ({ ...before, ...shown }))
  return shown.problem?.status !== 0
}

/** A hidden page asks nothing. */
function turnOf(poll: Poll): void {
  if (!document.hidden) poll.turn()
}

function keepTurns(poll: Poll, everyMs: Every): () => void {
  const turn = (): void => turnOf(poll)
  const wake = (): void => {
    poll.outdate()
    turn()
  }
  poll.turn()
  if (typeof everyMs === 'string') return () => {}
  const timer = setInterval(turn, everyMs)
  const ended = onWake(wake)
  document.addEventListener('visibilitychange', turn)
  addEventListener('pageshow', turn)
  return () => {
    clearInterval(timer)
    ended()
    document.removeEventListener('visibilitychange', turn)
    removeEventListener('pageshow', turn)
  }
}
