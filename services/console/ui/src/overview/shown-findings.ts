import {
  healthFindings,
  type HealthFinding,
  type FindingId,
  type HealthFigures,
} from '@freshet/insight/findings'
import type { Tone } from '../parts/icon.tsx'

/** A finding on the overview. `bad`: an alert pages for it. */
export interface ShownFinding extends HealthFinding {
  readonly tone: Extract<Tone, 'bad' | 'warn'>
  /** The page that has more about it. */
  readonly place: string
}

/** The findings that the overview leaves out, each with the reason. */
export const UNSHOWN: Readonly<Partial<Record<FindingId, string>>> = {
  registryWarning: 'The page of the registry shows it.',
  neverRecorded: 'The card of the pipeline shows it.',
  lagUnknown: 'The headline and the card of the pipeline show that Kafka does not answer.',
  publishingStopped: 'A moment without heartbeats ends by itself, or makes edges stale.',
  noEdge: 'The headline shows it if nothing else is wrong.',
  edgeAway: 'An edge that starts or lags for longer becomes stale.',
}

const PLACES: Readonly<Partial<Record<FindingId, string>>> = {
  policyOther: '/registry',
  policyNone: '/registry',
  routesOpen: '/registry',
  edgesUncounted: '/edges',
  edgesStale: '/edges?standing=stale',
  edgeStale: '/edges?standing=stale',
  edgeGone: '/edges?standing=disconnected',
  edgeLags: '/edges',
  parkedMeant: '/quarantine',
  parkedNotMeant: '/quarantine',
}

/**
 * The present findings, worst first. The page shows at once what the alert reports after some time, and so can
 * show a fault that ends before the alert fires.
 */
export function shownFindings(figures: HealthFigures): readonly ShownFinding[] {
  return healthFindings(figures)
    .filter(({ id }) => UNSHOWN[id] === undefined)
    .map((finding): ShownFinding => {
      const tone = finding.urgency === 'page' ? 'bad' : 'warn'
      return { ...finding, tone, place: pageOf(finding) }
    })
    .toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'))
}

function pageOf({ id, object }: HealthFinding): string {
  if (id.startsWith('budget')) return `/slos?slo=${encodeURIComponent(object)}`
  return PLACES[id] ?? '/'
}
