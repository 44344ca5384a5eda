import type { Timeline } from '@freshet/answers'
import type { JSX } from 'preact'
import { Icon } from '../parts/icon.tsx'
import { countOf, spanOf } from '../parts/words.ts'

/** The stale allows, if edges measured them. */
export function ExposureNote({ change }: { readonly change: Timeline }): JSX.Element | null {
  if (!change.tightened) return null
  const { exposure } = change
  if (exposure === undefined || exposure === null) {
    return <p class="quiet">Whether somebody was let in meanwhile is not measured yet.</p>
  }
  const { requests, isLowerBound, errorMs, byEdge, notKnown } = exposure
  const untold = notKnown.length === 0 ? null : <p>Not told by {notKnown.join(', ')}.</p>
  if (requests === null) {
    return (
      <div class="note">
        <Icon tone="none" />
        <div>
          <strong>Whether somebody was let in meanwhile is not known yet.</strong>
          {untold}
        </div>
      </div>
    )
  }
  const error = errorMs === null ? '' : `, give or take ${spanOf(errorMs)}`
  const isNone = requests === 0 && !isLowerBound
  return (
    <div class={`note ${isNone ? 'ok' : 'warn'}`}>
      <Icon tone={isNone ? 'ok' : 'warn'} />
      <div>
        <strong>
          {isLowerBound && 'at least '}
          {countOf(requests, 'request')} let in after the commit{error}
        </strong>
        {untold}
        {byEdge.map(({ edge, route, requests: some }) => (
          <p key={`${edge} ${route}`}>
            {edge} {route ?? ''}: {some}
          </p>
        ))}
      </div>
    </div>
  )
}
