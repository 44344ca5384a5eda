import type { TimelineJson } from '@freshet/insight/answers'
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
/** Edges of which nothing is expected. */
const NOT_AWAITED: readonly string[] = ['disconnected', 'closed', 'starting']

/**
 * A change's way as a waterfall: each step with the milliseconds since the commit and the clock
 * that was read. Clocks of different machines differ, so a difference may be negative.
 */
export function waterfallText(change: TimelineJson): string {
  const start = Date.parse(change.steps[0]?.at ?? change.occurredAt)
  const after = (at: string): string => String(Date.parse(at) - start)
  const steps = change.steps.map(({ stage, at, clock }) => [stage, after(at), clock, at])
  const edges = change.edges.map(({ standing, appliedAt, clock, ...edge }) =>
    appliedAt === null
      ? [`not applied at ${named(edge)} (${standing})`, '-', clock, '-']
      : [`applied at ${named(edge)}`, after(appliedAt), clock, appliedAt],
  )
  const exposure = change.exposure ? [exposureText(change.exposure)] : []
  const table = tableOf(COLUMNS, [...steps, ...edges])
  return [headline(change), table, footer(change), ...exposure].join('\n')
}

/** The number of edges that a change must reach, and of those that reported its apply. */
export function edgeCount({ edges }: Pick<TimelineJson, 'edges'>): {
  readonly applied: number
  readonly awaited: number
} {
  const awaited = awaitedEdges({ edges })
  const applied = awaited.filter(({ appliedAt }) => appliedAt !== null)
  return { applied: edgesIn(applied), awaited: edgesIn(awaited) }
}

type EdgeOf = Pick<TimelineJson['edges'][number], 'edge' | 'edges'>

/** A group has the number of its edges in its name; its time is an upper bound. */
function named({ edge, edges }: EdgeOf): string {
  return edges === undefined ? edge : `${edge}, ${edges} edges, upper bound`
}

function edgesIn(steps: readonly EdgeOf[]): number {
  return steps.reduce((sum, { edges }) => sum + (edges ?? 1), 0)
}

function atMost({ isUpperBound }: TimelineJson): string {
  return isUpperBound === true ? 'at most (upper bound) ' : ''
}

/** Edges that a change must reach. */
export function awaitedEdges({ edges }: Pick<TimelineJson, 'edges'>): TimelineJson['edges'] {
  return edges.filter(({ standing }) => !NOT_AWAITED.includes(standing))
}

function headline({ id, source, subject, state, outcome, ...change }: TimelineJson): string {
  const what = operationOf(change)
  const whom = subject?.sub == null ? '' : ` of ${subject.sub}`
  return printable(`${id} by ${source}: ${what}${whom}: ${state} (${outcome})`)
}

/** A change that changed nothing must not read as one that was done. */
function nothingChanged({ outcome, source }: TimelineJson): string | undefined {
  if (outcome === 'late')
    return `IGNORED: ${source} had sent a newer version before; nothing changed`
  if (outcome === 'noop') return `no effect: the state was the same before; nothing changed`
  return undefined
}

function footer(change: TimelineJson): string {
  const unchanged = nothingChanged(change)
  if (unchanged !== undefined && !change.tightened) return unchanged
  const soFar = change.marking === 'pending' ? ' so far, marking continues' : ''
  const marked = `tokens marked stale: ${change.tokensMarked}${soFar}`
  if (!change.tightened) return `takes nothing away: edges do not need it; ${marked}`
  const { applied, awaited } = edgeCount(change)
  const complete =
    change.completeMs === null
      ? ''
      : `, complete ${atMost(change)}${Math.round(change.completeMs)} ms after append`
  return `edges ${applied}/${awaited}${complete}; ${marked}`
}
