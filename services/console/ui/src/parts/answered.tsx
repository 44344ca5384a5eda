import type { ComponentChildren, JSX } from 'preact'
import { silentSinceMs } from '../age/signs.ts'
import { useEachSecond } from '../age/use-age.ts'
import type { Answer } from '../api/use-answer.ts'
import { ProblemNote } from './problem-note.tsx'
import { timeOf } from './words.ts'

interface Props<T> {
  readonly answer: Answer<T>
  readonly what: string
  readonly children: (data: T) => ComponentChildren
}

/**
 * Shows an answer. If there is none, or only an old one, it shows that. Old figures never look like new ones. While the
 * console sends nothing at all, the page has one note for all figures.
 */
export function Answered<T>({ answer, what, children }: Props<T>): JSX.Element {
  const { data, problem, atMs, isOld, again } = answer
  const isSilent = useEachSecond(silentSinceMs) !== undefined
  if (data === undefined && problem !== undefined)
    return <ProblemNote problem={problem} again={again} />
  if (data === undefined)
    return (
      <p class="quiet" aria-busy="true">
        Loading {what}.
      </p>
    )
  return (
    <>
      {problem && !isSilent && (
        <div class="note warn" role="status">
          <div>
            <strong>These figures are from {timeOf(atMs)}.</strong>
            <p>
              {problem.title} {problem.detail}
            </p>
          </div>
          <button type="button" onClick={again}>
            Retry
          </button>
        </div>
      )}
      <div class={problem || isOld ? 'outdated' : undefined}>{children(data)}</div>
    </>
  )
}
