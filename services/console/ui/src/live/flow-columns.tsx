import type { LiveChange } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Id } from '../copy/id.tsx'
import { completeAfter } from '../parts/edge-words.ts'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { whatOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { effectOf, isOnItsWay } from './effect.ts'
import { useCallback } from 'preact/hooks'
import { useEachSecond } from '../age/use-age.ts'
import { Badge } from '../parts/badge.tsx'

/** No value: a dash in a table, and nothing on a card. */
const NONE = <span class="none">–</span>

/** The columns of a change as it happens: who lost or gained what, its effect, and its way to the edges. */
export const FLOW_COLUMNS: readonly Column<LiveChange>[] = [
  { name: 'Recorded', cell: ({ at }) => <Time at={at} isClock />, isTime: true },
  { name: 'State', cell: (change) => <FlowState change={change} /> },
  { name: 'Subject', cell: (change) => <SubjectLink change={change} />, isLead: true },
  { name: 'What', cell: (change) => whatOf(change), isText: true },
  { name: 'Source', cell: ({ source }) => source },
  { name: 'Class', cell: (change) => change.class ?? NONE },
  { name: 'Effect', cell: (change) => effectOf(change) },
  { name: 'Edges', cell: (change) => <Reach change={change} />, isFigure: true },
  {
    name: 'Took',
    cell: ({ completeMs, isUpperBound }) =>
      completeMs === null ? NONE : completeAfter(completeMs, isUpperBound),
    isFigure: true,
  },
  {
    name: 'Change',
    cell: ({ id }) => <Id id={id} href={placeOf('/explain', { change: id })} />,
  },
]

interface Props {
  readonly change: LiveChange
}

/** The subject of a change: a way to its page for operators. A change without one leads to its own page. */
function SubjectLink({ change: { id, subject, tenant } }: Props): JSX.Element {
  if (subject === undefined) return <>–</>
  if (subject === null) return <a href={placeOf('/explain', { change: id })}>many subjects</a>
  const { sub, iss } = subject
  if (sub === null) return <span class="quiet">masked</span>
  return (
    <a class="name" title={sub} href={placeOf('/explain', { subject: sub, tenant, iss })}>
      {sub}
    </a>
  )
}

/** Edges that are drawn one by one. */
const DRAWN_MAX = 8

/** The edges that applied it, of those that must. The text has the same content as the blocks. */
function Reach({ change: { edges, tightened } }: Props): JSX.Element {
  if (!tightened) return NONE
  const { applied, awaited } = edges
  return (
    <span class="reach">
      {awaited <= DRAWN_MAX && (
        <span aria-hidden="true">
          {Array.from({ length: awaited }, (_, n) => (
            <i key={n} class={n < applied ? 'done' : undefined} />
          ))}
        </span>
      )}
      {applied} of {awaited}
    </span>
  )
}

/** The state of a change. A change that takes nothing away has no way to the edges. */
function FlowState({ change }: { readonly change: LiveChange }): JSX.Element {
  const read = useCallback(() => isOnItsWay(change, Date.now()), [change])
  const isMoving = useEachSecond(read)
  if (!change.tightened) return <Badge word={change.state} tone="idle" />
  return isMoving ? <Badge word={change.state} tone="idle" /> : <Badge word={change.state} />
}
