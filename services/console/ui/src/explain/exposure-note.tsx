import type { JSX } from 'preact'
import type { Timeline } from '../api/answers.ts'
import { Icon } from '../parts/icon.tsx'
import { countOf, spanOf } from '../parts/words.ts'

/** Who was let in meanwhile, where edges measured it. */
export function ExposureNote({ change }: { readonly change: Timeline }): JSX.Element | null {
  if (!change.tightened) return null
  const { exposure } = change
  if (exposure === undefined || exposure === null) {
    return <p class="quiet">Whether somebody was let in meanwhile is not measured yet.</p>
  }
  const { requests, isLowerBound, errorMs, byEdge } = exposure
  const error = errorMs === null ? '' : `, give or take ${spanOf(errorMs)}`
  const least = isLowerBound ? 'at least ' : ''
  return (
    <div class={`note ${requests === 0 ? 'ok' : 'warn'}`}>
      <Icon tone={requests === 0 && !isLowerBound ? 'ok' : 'warn'} />
      <div>
        <strong>
          {least}
          {countOf(requests, 'request')} let in after the commit{error}
        </strong>
        {byEdge.map(({ edge, route, requests: some }) => (
          <p key={`${edge} ${route}`}>
            {edge} {route ?? ''}: {some}
          </p>
        ))}
      </div>
    </div>
  )
}
