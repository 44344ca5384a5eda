import type { TimelineJson, ExposureJson } from '@freshet/insight/answers'
import { PLAIN_VIEW, type View, type Colors } from '../view.ts'
import { edgeCount, awaitedEdges } from './edge-count.ts'
import { operationOf } from './operation.ts'
import { printable } from '../printable.ts'
import { tableOf, type TableColumn } from '../table.ts'
import { numberOf } from '../number-of.ts'

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

/** Edges that one sentence names. */
const NAMED_MAX = 3

/** Outcomes of a change that no edge gets, with the sentence of each. */
const NOT_TAKEN: Readonly<Record<string, (change: TimelineJson) => string>> = {
  late: lateText,
  noop: () => 'NO EFFECT: nothing in force changed',
  quarantined: () => 'QUARANTINED: it was not recorded, and no edge applies it',
  doubtful: () => 'IN DOUBT: it was not recorded as it was sent',
  held: () => 'HELD: it removes more than is allowed without a confirmation',
}

/** The end or the progress of a change as one sentence. */
function changeVerdict(change: TimelineJson, colors: Colors): string {
  const notTaken = NOT_TAKEN[change.outcome]
  if (notTaken !== undefined && !change.tightened) return colors.yellow(printable(notTaken(change)))
  const what = `${operationOf(change)}${subjectText(change)}`
  if (!change.tightened)
    return `${colors.green('APPLIED')}${printable(`: ${what} takes nothing away, so edges do not need it`)}`
  const { applied, awaited } = edgeCount(change)
  const reach = `${applied} of ${numberOf(awaited, 'edge')} reported it`
  const { green, yellow } = colors
  switch (change.state) {
    case 'applied':
      // An edge that is not connected reports nothing, and nothing is known of it.
      if (awaited === 0)
        return `${yellow('PUBLISHED')}: ${printable(`no edge is connected, so none reported it: ${what}`)}`
      return `${green('APPLIED')}${printable(`${tookText(change)}: ${reach}: ${what}`)}`
    case 'published':
      return `${yellow('PUBLISHED')}, applied: ${printable(`${reach}: ${what}${missingText(change)}`)}`
    case 'pending':
    case 'recorded':
      return `${yellow('RECORDED')}, not published yet: ${printable(what)}`
  }
}

/** Returns true for a removal that changed nothing, because it was late or there was nothing to remove. */
export function isIneffective({ outcome, op, kind }: TimelineJson): boolean {
  if (outcome === 'late') return true
  const removes = kind === 'value-withdrawn' || (op !== null && REMOVALS.has(op))
  return outcome === 'noop' && removes
}

const REMOVALS: ReadonlySet<string> = new Set(['remove', 'clear', 'disabled', 'deleted'])

/** An end of a snapshot and an activation are late for other reasons than an older version of a state. */
function lateText({ kind, source }: TimelineJson): string {
  if (kind === 'snapshot-end')
    return `NO EFFECT: no snapshot of ${source} was open, or an activation had ended it; nothing in force changed. Send a complete snapshot`
  if (kind === 'activate')
    return 'NO EFFECT: the active policy version is not older; only the minimum of this one counts'
  return `IGNORED: ${source} had sent a newer version before; nothing in force changed`
}

/** The observations of the probe that sent this change, if it ended. Reports of edges are no observation. */
function probeLine({ probe }: Pick<TimelineJson, 'probe'>): readonly string[] {
  if (probe === undefined) return []
  const { at, refusedBy, broken } = probe
  const end = broken === null ? '' : `; the probe broke at the step ${broken.step}: ${broken.why}`
  const seen =
    refusedBy.length === 0
      ? `not seen in force: the probe at ${at} saw no refusal of an affected token`
      : `in force: the probe at ${at} saw an affected token refused by ${refusedBy.join(', ')}`
  return [printable(`${seen}${end}`)]
}

function subjectText({ subject }: TimelineJson): string {
  return subject?.sub == null ? '' : ` of ${subject.sub}`
}

function tookText({ completeMs, isUpperBound }: TimelineJson): string {
  if (completeMs === null) return ''
  const most = isUpperBound === true ? 'at most ' : ''
  return ` in ${most}${Math.round(completeMs)} ms`
}

function missingText(change: TimelineJson): string {
  const missing = awaitedEdges(change).filter(({ appliedAt }) => appliedAt === null)
  const names = missing.slice(0, NAMED_MAX).map(({ edge }) => edge)
  const more = missing.length > NAMED_MAX ? `, and ${missing.length - NAMED_MAX} more` : ''
  return names.length === 0 ? '' : `; not yet: ${names.join(', ')}${more}`
}

/**
 * The stale allows, route by route. A count of zero is printed, too; without any report the number is not
 * known.
 */
export function exposureText(exposure: ExposureJson): string {
  const { byEdge, notKnown } = exposure
  const lines = [
    headOf(exposure),
    ...byEdge.map(({ edge, route, requests }) => `  ${requests} by ${routeText(route)} at ${edge}`),
    ...(notKnown.length === 0
      ? []
      : [`  unknown, or for part of the time: ${notKnown.join(', ')}`]),
  ]
  return lines.map(printable).join('\n')
}

function headOf({ requests, errorMs, isLowerBound }: ExposureJson): string {
  const since = 'after the commit at the source'
  if (requests === null) return `requests allowed ${since}: unknown, no edge has reported`
  const least = isLowerBound ? 'at least ' : ''
  const were = requests === 1 ? 'request was' : 'requests were'
  const error = errorMs === null ? 'error of the clocks unknown' : `± ${errorText(errorMs)} ms`
  return `${least}${requests} ${were} allowed ${since} (${error}; clocks: source, edge)`
}

function errorText(errorMs: number): string {
  return errorMs < 10 ? String(Math.round(errorMs * 10) / 10) : String(Math.round(errorMs))
}

function routeText(route: string): string {
  return route === '-' ? 'a route without a name' : route
}
