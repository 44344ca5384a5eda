import type { TimelineJson } from '@freshet/insight/answers'
import { PLAIN_VIEW, type View } from '../view.ts'
import { changeVerdict, probeLine } from './change-verdict.ts'
import { edgeCount } from './edge-count.ts'
import { exposureText } from './exposure-text.ts'
import { operationOf } from './operation.ts'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'STEP' },
  { heading: '+MS', align: 'right' },
  { heading: 'CLOCK' },
  { heading: 'AT' },
]
/**
 * A change's way as a waterfall: each step with the milliseconds since the commit and the clock
 * that was read. Clocks of different machines differ, so a difference may be negative.
 */
export function waterfallText(change: TimelineJson, view: View = PLAIN_VIEW): string {
  const start = Date.parse(change.steps[0]?.at ?? change.occurredAt)
  const after = (at: string): string => String(Date.parse(at) - start)
  const steps = change.steps.map(({ stage, at, clock }) => [stage, after(at), clock, at])
  const edges = change.edges
    .toSorted(byApply)
    .map(({ standing, appliedAt, clock, ...edge }) =>
      appliedAt === null
        ? [`not applied at ${named(edge)} (${standing})`, '-', clock, '-']
        : [`applied at ${named(edge)}`, after(appliedAt), clock, appliedAt],
    )
  const refusals = change.edges.flatMap(({ refusedFrom: from, ...edge }) =>
    from === undefined
      ? []
      : [[`refused by itself at ${named(edge)} (lease)`, after(from), '-', from]],
  )
  const exposure = change.exposure ? [exposureText(change.exposure)] : []
  const table = tableOf(COLUMNS, [...steps, ...refusals, ...edges], view)
  const verdict = changeVerdict(change, view.colors)
  return [
    verdict,
    ...probeLine(change),
    headline(change),
    table,
    ...footer(change),
    ...exposure,
  ].join('\n')
}

type EdgeOf = Pick<TimelineJson['edges'][number], 'edge' | 'edges'>

/** A group has the number of its edges in its name; its time is an upper bound. */
function named({ edge, edges }: EdgeOf): string {
  return edges === undefined ? edge : `${edge}, ${edges} edges, upper bound`
}

function atMost({ isUpperBound }: TimelineJson): string {
  return isUpperBound === true ? 'at most (upper bound) ' : ''
}

function headline({ id, source, subject, state, outcome, ...change }: TimelineJson): string {
  const what = operationOf(change)
  const whom = subject?.sub == null ? '' : ` of ${subject.sub}`
  // A change that takes nothing away is in force once it is recorded.
  const reached = change.tightened ? state : outcome
  const end = outcome === 'applied' ? reached : `${state} (${outcome})`
  return printable(`${id} by ${source}: ${what}${whom}: ${end}`)
}

/** The first edge first; those that have not applied it last. */
function byApply(a: TimelineJson['edges'][number], b: TimelineJson['edges'][number]): number {
  const timeOf = ({ appliedAt }: typeof a): number =>
    appliedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(appliedAt)
  return timeOf(a) - timeOf(b)
}

/** A change that changed nothing has no reach. */
function footer(change: TimelineJson): readonly string[] {
  if (!change.tightened && change.outcome !== 'applied') return []
  const soFar = change.marking === 'pending' ? ' so far, marking continues' : ''
  const marked = `tokens marked stale: ${change.tokensMarked}${soFar}`
  if (!change.tightened) return [`takes nothing away: edges do not need it; ${marked}`]
  const { applied, awaited } = edgeCount(change)
  const complete =
    change.completeMs === null
      ? ''
      : `, complete ${atMost(change)}${Math.round(change.completeMs)} ms after append`
  const { reach } = change
  const refused =
    reach === undefined || reach.refused === 0
      ? ''
      : `: ${reach.applied} applied, ${reach.refused} refused by the lease`
  return [`edges ${applied}/${awaited}${complete}${refused}; ${marked}`]
}
