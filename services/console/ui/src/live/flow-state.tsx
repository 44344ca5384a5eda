import type { LiveChange } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useCallback } from 'preact/hooks'
import { useEachSecond } from '../age/use-age.ts'
import { Badge } from '../parts/badge.tsx'
import { isOnItsWay } from './effect.ts'

/** The state of a change. A change that takes nothing away has no way to the edges. */
export function FlowState({ change }: { readonly change: LiveChange }): JSX.Element {
  const read = useCallback(() => isOnItsWay(change, Date.now()), [change])
  const isMoving = useEachSecond(read)
  if (!change.tightened) return <Badge word={change.state} tone="idle" />
  return isMoving ? <Badge word={change.state} tone="idle" /> : <Badge word={change.state} />
}
