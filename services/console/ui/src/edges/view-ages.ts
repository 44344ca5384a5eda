import { UNSEEN_VIEW_MS } from '@freshet/protocol/slo'
import type { EdgeHistory, EdgeJson, RegistryAnswer } from '@freshet/insight/answers'
import { countOf, spanOf } from '../parts/words.ts'

const MINUTE_MS = 60_000
/** The line of the lease has some space above it. */
const HEADROOM = 1.15

export type Minute = EdgeHistory['minutes'][number]

/** The minutes of an edge that are shown, and whether they begin with its start. */
export interface ViewAges {
  readonly minutes: readonly Minute[]
  readonly isSinceStart: boolean
}

/** Leaves out the minutes before the start of an edge that is younger than the window. */
export function viewAges(all: readonly Minute[], liveSince: EdgeJson['liveSince']): ViewAges {
  const startMs = Math.floor(Date.parse(liveSince ?? '') / MINUTE_MS) * MINUTE_MS
  const minutes = all.filter(({ at }) => Date.parse(at) >= startMs)
  const before = all.filter(({ at }) => Date.parse(at) < startMs)
  const isYoung = before.length > 0 && before.every(({ oldestViewMs }) => oldestViewMs === null)
  return isYoung && minutes.length > 0
    ? { minutes, isSinceStart: true }
    : { minutes: all, isSinceStart: false }
}

/** The content of the chart as a text. */
export function agesText({ minutes, isSinceStart }: ViewAges): string {
  const time = countOf(minutes.length, 'minute')
  const span = isSinceStart
    ? `since its start ${spanOf(minutes.length * MINUTE_MS)} ago`
    : `in the last ${time}`
  const oldestAges = minutes.flatMap(({ oldestViewMs }) => oldestViewMs ?? [])
  if (oldestAges.length === 0)
    return isSinceStart ? 'Its view is not measured yet.' : `Not live ${span}.`
  const ages = oldestAges.filter((ms) => ms < UNSEEN_VIEW_MS)
  const most =
    ages.length === 0
      ? `Its view was never verified ${span}`
      : `Its view was ${spanOf(Math.max(...ages))} old at most ${span}`
  const [away, unseen] = [minutes.length - oldestAges.length, oldestAges.length - ages.length]
  const parts = [
    ...(away === 0 ? [] : [`in ${away} of them it was not live`]),
    ...(unseen === 0 || ages.length === 0 ? [] : [`in ${unseen} of them it was not verified`]),
  ]
  return `${[most, ...parts].join('; ')}.`
}

/** The shortest lease of the sources: with a view older than that, an edge answers the first claims unverified. */
export function shortestLease(
  sources: RegistryAnswer['sources'] | undefined,
): Pick<RegistryAnswer['sources'][number], 'source' | 'leaseMs'> | undefined {
  return sources?.toSorted((a, b) => a.leaseMs - b.leaseMs)[0]
}

/** Returns whether a minute has an age: a view that was not verified has none, and an absent edge neither. */
export function isVerified(oldestViewMs: number | null): oldestViewMs is number {
  return oldestViewMs !== null && oldestViewMs < UNSEEN_VIEW_MS
}

/** The highest age in the drawing: the lease, or what is above it. */
export function topOf(minutes: readonly Minute[], leaseMs: number): number {
  const ages = minutes.flatMap(({ oldestViewMs: ms }) => (isVerified(ms) ? [ms] : []))
  return Math.max(leaseMs, ...ages) * HEADROOM
}
