import type { TimelineJson } from '@freshet/insight/answers'
import type { Colors } from '../colors.ts'
import { printable } from '../printable.ts'
import { awaitedEdges, edgeCount } from './edge-count.ts'
import { operationOf } from './operation.ts'
import { numberOf } from '../number-of.ts'

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
export function changeVerdict(change: TimelineJson, colors: Colors): string {
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
export function probeLine({ probe }: Pick<TimelineJson, 'probe'>): readonly string[] {
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
