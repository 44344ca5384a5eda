import type { SearchAnswer } from '@freshet/insight/answers'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../api/ask.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { placeOf } from '../shell/route.ts'

/** The first key asks at once. Keys that follow each other faster than this ask once. */
const APART_MS = 50

/** The state of a search. `problem`: the console did not answer, so no find means nothing. */
export interface Searched {
  readonly items: SearchAnswer['items']
  readonly unanswered: SearchAnswer['unanswered']
  readonly problem: Problem | undefined
  readonly isAsking: boolean
}

interface Kept extends Searched {
  readonly text: string | undefined
}

const NOTHING: Searched = { items: [], unanswered: [], problem: undefined, isAsking: false }

/** Searches for a text. A later text gives up the search before it. */
export function useSearch(text: string | undefined): Searched {
  const askedAtMs = useRef(Number.NEGATIVE_INFINITY)
  const [kept, setKept] = useState<Kept>({ ...NOTHING, text: undefined })
  useEffect(() => {
    if (text === undefined) return undefined
    const ended = new AbortController()
    const waitMs = Math.max(0, askedAtMs.current + APART_MS - performance.now())
    const timer = setTimeout(() => {
      askedAtMs.current = performance.now()
      void ask<SearchAnswer>(placeOf('/v1/search', { q: text }), { signal: ended.signal })
        .then(({ items, unanswered }) => ({ ...NOTHING, items, unanswered }))
        .catch((error: unknown) => ({ ...NOTHING, problem: problemOf(error) }))
        .then((told) => {
          if (!ended.signal.aborted) setKept({ ...told, text })
        })
    }, waitMs)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [text])
  // The finds of an earlier text are no finds of this one: Enter must not go to them.
  return kept.text === text ? kept : { ...NOTHING, isAsking: text !== undefined }
}
