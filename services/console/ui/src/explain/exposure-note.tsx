import type { TimelineJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Icon } from '../parts/icon.tsx'
import { countOf, spanOf } from '../parts/words.ts'

/** The stale allows, if edges measured them. */
export function ExposureNote({ change }: { readonly change: TimelineJson }): JSX.Element | null {
  if (!change.tightened) return null
  const { exposure } = change
  if (exposure === undefined || exposure === null) {
    return <p class="quiet">The exposure is not measured yet.</p>
  }
  const { requests, isLowerBound, errorMs, byEdge, notKnown } = exposure
  const untold = notKnown.length === 0 ? null : <p>No figure from {notKnown.join(', ')}.</p>
  if (requests === null) {
    return (
      <div class="note">
        <Icon tone="none" />
        <div>
          <strong>The exposure is not known yet.</strong>
          {untold}
        </div>
      </div>
    )
  }
  const error = errorMs === null ? '' : ` (± ${spanOf(errorMs)})`
  const isNone = requests === 0 && !isLowerBound
  return (
    <div class={`note ${isNone ? 'ok' : 'warn'}`}>
      <Icon tone={isNone ? 'ok' : 'warn'} />
      <div>
        <strong>
          {isLowerBound && 'at least '}
          {countOf(requests, 'request')} allowed after the commit{error}
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
