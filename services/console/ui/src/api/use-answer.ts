import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ask } from './ask.ts'
import { problemOf, type Problem } from './problem.ts'

/** The state of an answer. `problem` beside `data`: it is of before, and the last question failed. */
export interface Answer<T> {
  readonly data: T | undefined
  readonly problem: Problem | undefined
  /** The time at which `data` came, by this browser's clock. */
  readonly atMs: number
  readonly isAsking: boolean
  readonly again: () => void
}

const NOTHING = { data: undefined, problem: undefined, atMs: 0, isAsking: true } as const
type Known<T> = Omit<Answer<T>, 'again'>

/**
 * Asks when shown, when the path changes, every so often, and when the tab is looked at again. A hidden tab
 * asks nothing. `null` asks nothing.
 */
export function useAnswer<T>(path: string | null, everyMs?: number): Answer<T> {
  const [known, setKnown] = useState<Known<T>>(NOTHING)
  const [turn, setTurn] = useState(0)
  const asked = useRef<string | null>(null)
  const again = useCallback(() => setTurn((value) => value + 1), [])

  useEffect(() => {
    if (path === null) return setKnown({ ...NOTHING, isAsking: false })
    const isSame = asked.current === path
    asked.current = path
    setKnown((before) => (isSame ? { ...before, isAsking: true } : NOTHING))
    const ended = new AbortController()
    void ask<T>(path, { signal: ended.signal })
      .then((data) => ({ data, problem: undefined, atMs: Date.now(), isAsking: false }))
      .catch((error: unknown) => ({ problem: problemOf(error), isAsking: false }))
      .then((told) => {
        if (!ended.signal.aborted) setKnown((before) => ({ ...before, ...told }))
      })
    return () => ended.abort()
  }, [path, turn])

  useEffect(() => {
    if (path === null) return undefined
    const look = (): void => {
      if (!document.hidden) again()
    }
    const timer = everyMs === undefined ? undefined : setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [path, everyMs])

  return { ...known, again }
}
