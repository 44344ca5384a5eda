import { CLOCK_TOLERANCE_MS } from '@freshet/protocol'
import { lastHeartbeatMsOf } from '@freshet/protocol/slo'
import type { EdgeJson } from '../answers/loop.ts'
import { named } from '../evidence/figure.ts'
import { ALERT_LIMITS } from '../slo/alerts.ts'
import type { Fault, FindingRule, HealthFigures } from './finding-rule.ts'
import { countOf, timeMs } from './words.ts'

const UNVERIFIED =
  'it calls no token fresh: the policy of each route decides, and denies by default'
const RUNS =
  'check that its process runs and reaches the broker: it catches up by itself; the console removes an edge without reports after an hour'

/** Findings about edges that report. Groups stand for all of their edges. */
export const edgeHealth: Readonly<
  Record<
    'noEdge' | 'edgesUncounted' | 'edgesStale' | 'edgeStale' | 'edgeGone' | 'edgeAway',
    FindingRule
  >
> = {
  noEdge: {
    alert: null,
    weight: 'degraded',
    effect: 'no edge enforces the revocations, or its reports do not arrive',
    find: ({ edges }) =>
      edges?.items.length === 0
        ? [
            {
              object: 'edges',
              what: 'No edge reports',
              remedy: 'start an edge: `freshet serve sidecar`',
            },
          ]
        : [],
  },
  edgesUncounted: {
    alert: 'edgesUncounted',
    weight: 'degraded',
    effect: 'a lag of these edges would not be visible, and no objective of edges is met',
    find: ({ edges: { uncounted = 0 } = {} }) => {
      if (uncounted === 0) return []
      const what = `${countOf(uncounted, 'edge')} over the limit: their status is unknown`
      const remedy =
        'let requests of several processes be judged by one sidecar; edges that ended without a report count for 15 min, those that close do not'
      return [{ object: 'edges', what, remedy }]
    },
  },
  edgesStale: {
    alert: 'edgesStale',
    weight: 'not-fresh',
    effect: UNVERIFIED,
    find: (figures) => findStale(figures, (share) => share > ALERT_LIMITS.staleEdges),
  },
  edgeStale: {
    alert: 'edgeStale',
    weight: 'degraded',
    effect: UNVERIFIED,
    find: (figures) => findStale(figures, (share) => share <= ALERT_LIMITS.staleEdges),
  },
  edgeGone: {
    alert: 'edgeGone',
    weight: 'degraded',
    effect: 'it ended, or it is cut off and calls no token fresh once its lease expires',
    find: (figures) =>
      allIn(figures)
        .filter(({ standing }) => standing === 'disconnected')
        .map(({ edge: object, edges, reportedAt: since }) => {
          const many = edges === undefined ? object : `${countOf(edges, 'edge')} of ${object}`
          const what = `${many} stopped reporting at ${since}`
          return { object, what, since, remedy: RUNS }
        }),
  },
  // It has no alert: an edge that starts or lags for longer becomes stale.
  edgeAway: {
    alert: null,
    weight: 'degraded',
    effect: UNVERIFIED,
    find: (figures) =>
      allIn(figures)
        .filter(({ standing }) => !['synced', 'closed', 'stale', 'disconnected'].includes(standing))
        .map((edge) => {
          const { edge: object, standing, reportedAt } = edge
          const what = `${object} is ${standing}, last report ${reportedAt}`
          return { object, what, remedy: RUNS, missesNothing: missesNothing(edge, figures) }
        }),
  },
}

/** Returns whether an edge still reports. One that is gone serves nothing. */
export function isConnected({ standing }: Pick<EdgeJson, 'standing'>): boolean {
  return standing !== 'closed' && standing !== 'disconnected'
}

function findStale(figures: HealthFigures, isMeant: (share: number) => boolean): readonly Fault[] {
  const awaited = allIn(figures).filter(isConnected)
  const all = edgesIn(awaited)
  const stale = awaited.filter(({ standing }) => standing === 'stale')
  return [false, true].flatMap((isOfSources) => {
    const same = stale.filter((each) => missesNothing(each, figures) === isOfSources)
    const few = edgesIn(same)
    if (few === 0 || !isMeant(few / all)) return []
    const names = named(same.map(({ edge }) => edge))
    const what = `${countOf(few, 'edge')} of ${all} ${few === 1 ? 'is' : 'are'} stale: ${names}`
    return [{ object: 'edges', what, remedy: RUNS, missesNothing: isOfSources }]
  })
}

/** Returns whether an edge has the last heartbeat that any source sent, by the clocks of both. */
function missesNothing(edge: EdgeJson, { status }: HealthFigures): boolean {
  const sent = (status?.sources ?? []).map(({ through }) => timeMs(through))
  const newestMs = Math.max(...sent.filter(Number.isFinite))
  if (!Number.isFinite(newestMs)) return false
  const lastHeartbeatMs = lastHeartbeatMsOf({ ...edge, reportedAtMs: timeMs(edge.reportedAt) })
  return lastHeartbeatMs !== null && lastHeartbeatMs >= newestMs - CLOCK_TOLERANCE_MS
}

function allIn({ edges }: HealthFigures): readonly EdgeJson[] {
  const { items = [], groups = [] } = edges ?? {}
  return groups.length === 0 ? items : groups
}

function edgesIn(edges: readonly EdgeJson[]): number {
  return edges.reduce((sum, each) => sum + (each.edges ?? 1), 0)
}
