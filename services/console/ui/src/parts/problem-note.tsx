import type { JSX } from 'preact'
import type { Problem } from '../api/problem.ts'
import { Icon } from './icon.tsx'

/** The reason why something is missing, with its code for a further search. */
export function ProblemNote({
  problem,
  again,
}: {
  readonly problem: Problem
  readonly again?: () => void
}): JSX.Element {
  const { title, detail, code, status } = problem
  return (
    <div class="note bad" role="alert">
      <Icon tone="bad" />
      <div>
        <strong>{title}</strong>
        {detail !== '' && detail !== title && <p>{detail}</p>}
        <p class="quiet">
          <code>{code}</code>
          {status > 0 && ` · ${status}`}
        </p>
      </div>
      {again && (
        <button type="button" onClick={again}>
          Retry
        </button>
      )}
    </div>
  )
}
