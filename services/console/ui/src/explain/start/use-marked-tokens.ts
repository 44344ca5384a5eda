import type { ChangeTokens } from '@freshet/insight/answers'
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../../api/ask.ts'
import { problemOf, type Problem } from '../../api/problem.ts'
import { markedTokens, type StaleToken } from './marked-tokens.ts'

/** The tokens, or the reason why there are none. Both are absent before the first answer. */
export interface Marked {
  readonly tokens?: readonly StaleToken[]
  readonly problem?: Problem
}

/** Asks for the tokens of these changes, and again when there are other changes. */
export function useMarkedTokens(ids: readonly string[]): Marked {
  const [marked, setMarked] = useState<Marked>({})
  const key = ids.join(' ')
  useEffect(() => {
    const ended = new AbortController()
    const asked = ids.map((id) =>
      ask<ChangeTokens>(`/v1/changes/${encodeURIComponent(id)}/tokens`, { signal: ended.signal }),
    )
    void Promise.allSettled(asked)
      .then(markedIn)
      .then((told) => {
        if (!ended.signal.aborted) setMarked(told)
      })
    return () => ended.abort()
  }, [key])
  return marked
}

/** A change that is gone meanwhile has no tokens. Without any answer there is a problem. */
function markedIn(asked: readonly PromiseSettledResult<ChangeTokens>[]): Marked {
  const answers = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failed = asked.find((each) => each.status === 'rejected')
  if (answers.length === 0 && failed !== undefined) return { problem: problemOf(failed.reason) }
  return { tokens: markedTokens(answers) }
}
