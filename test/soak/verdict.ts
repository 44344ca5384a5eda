import type { LetIn, Lost } from './ledger.ts'
import type { Outage } from './outages.ts'

/** The time within which everything works again after each event. */
export const RECOVERED_WITHIN_MS = 10_000

/** An event as it happened, in milliseconds since the start of the run. */
export interface Happened {
  readonly name: string
  readonly beganMs: number
  /** The time from which nothing prevented a recovery. */
  readonly struckMs: number
  /** The beginning of the next event, or the end of the run. */
  readonly endedMs: number
}

/** Everything that a run observed. */
export interface Observed {
  readonly events: readonly Happened[]
  readonly outages: readonly Outage[]
  readonly lost: readonly Lost[]
  readonly letIn: readonly LetIn[]
  readonly removals: number
  readonly deaths: readonly string[]
}

/** The verdict about one event. */
export interface Judged extends Happened {
  /** The time from the strike to the end of the last outage. */
  readonly recoveredMs: number
  /** The longest outage of one kind, and its kind. */
  readonly longest: Outage | undefined
  readonly holds: boolean
}

/** The verdict about a run. */
export interface Verdict {
  readonly events: readonly Judged[]
  /** One sentence for each promise that did not hold. */
  readonly faults: readonly string[]
}

/** Judges a run by its observations alone. */
export function judge(observed: Observed): Verdict {
  const events = observed.events.map((event) => judged(event, observed.outages))
  const { lost, letIn, removals, deaths } = observed
  const faults = [
    ...lost.map(({ subject, why }) => `A change of ${subject} was lost: ${why}.`),
    ...letIn.map(
      ({ subject, edge, afterMs }) =>
        `${edge} allowed ${subject} ${seconds(afterMs)} after the removal.`,
    ),
    ...events.filter(({ holds }) => !holds).map(late),
    ...deaths.map((death) => `A process or an event failed: ${death}.`),
    ...(removals === 0 ? ['No removal was accepted, so the run shows nothing.'] : []),
  ]
  return { events, faults }
}

function judged(event: Happened, all: readonly Outage[]): Judged {
  // An outage belongs to the event after which the first attempt failed.
  const outages = all.filter(({ badMs }) => badMs >= event.beganMs && badMs < event.endedMs)
  const last = Math.max(event.struckMs, ...outages.map(({ toMs }) => toMs))
  const longest = outages.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))[0]
  const recoveredMs = last - event.struckMs
  const longestMs = longest === undefined ? 0 : longest.toMs - longest.fromMs
  const holds = recoveredMs <= RECOVERED_WITHIN_MS && longestMs <= RECOVERED_WITHIN_MS
  return { ...event, recoveredMs, longest, holds }
}

function late({ name, recoveredMs, longest }: Judged): string {
  const outage = longest
    ? `, and the longest outage was ${seconds(longest.toMs - longest.fromMs)} (${longest.what})`
    : ''
  return `After the event “${name}”, the recovery took ${seconds(recoveredMs)}${outage}.`
}

/** Returns a time as text. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
