import { COUNTED_EDGES_MAX, STALE_VIEW_MS } from '@freshet/protocol/slo'
import { ALERT_LIMITS, ALERTS } from '../alerts.ts'
import type { Alert } from './alert.ts'
import { grew } from './grew.ts'

const STALE_SECONDS = STALE_VIEW_MS / 1_000
const MANY = ALERT_LIMITS.staleEdges

/**
 * Edges that have not caught up once do not judge yet. Several processes can report one edge: the oldest view
 * counts.
 */
const AGE = 'max by (cluster, edge) (freshet_edge_view_age_seconds{state!="starting"})'
const STALE = `${AGE} > ${STALE_SECONDS}`
const SHARE = `count by (cluster) (${STALE}) / count by (cluster) (${AGE})`

/** Edges that closed are not awaited, and those beyond the limit have no known state. */
const AWAITED =
  'sum by (cluster) (max by (cluster, state) (freshet_edges{state!~"closed|never-connected|uncounted"}))'
const GONE = 'max by (cluster) (freshet_edges{state="disconnected"})'
const GONE_SHARE = `${GONE} / ${AWAITED}`

/** About edges, and what they answer. */
export const EDGE_ALERTS: readonly Alert[] = [
  {
    ...ALERTS.edgesStale,
    expr: `(${SHARE}) > ${MANY}`,
    for: '30s',
    description: `{{ $value | humanizePercentage }} of the edges have a view older than ${STALE_SECONDS} s: they refuse what they cannot verify.`,
    panel: ['edges', 'Age of views'],
  },
  {
    ...ALERTS.edgeStale,
    expr: `${STALE} unless on (cluster) (${SHARE}) > ${MANY}`,
    for: '30s',
    description:
      'The view of {{ $labels.edge }} is {{ $value | humanizeDuration }} old: it refuses what it cannot verify.',
    panel: ['edges', 'Age of views'],
  },
  {
    ...ALERTS.edgesGone,
    expr: `${GONE_SHARE} > ${ALERT_LIMITS.goneEdges}`,
    for: '2m',
    description:
      '{{ $value | humanizePercentage }} of the edges stopped reporting and did not close. `freshet edge ls` names them.',
    panel: ['edges', 'Edges by state'],
  },
  {
    ...ALERTS.edgeGone,
    expr: `${GONE} > 0 unless ${GONE_SHARE} > ${ALERT_LIMITS.goneEdges}`,
    for: '2m',
    description:
      '{{ $value }} edges stopped reporting and did not close. `freshet edge ls` names them.',
    panel: ['edges', 'Edges by state'],
  },
  {
    ...ALERTS.edgesUncounted,
    expr: 'max by (cluster) (freshet_edges{state="uncounted"}) > 0',
    for: '1m',
    description: `{{ $value }} edges report over the limit of ${COUNTED_EDGES_MAX}: no objective of edges is met for them.`,
    panel: ['edges', 'Edges by state'],
  },
  {
    ...ALERTS.edgeTableFull,
    expr: 'max by (cluster) (freshet_edge_denials_overflowing) > 0 or max by (cluster) (freshet_edge_watermarks_overflowing) > 0',
    for: '30s',
    description:
      'An edge lacks revocations of {{ $value }} tenants: it refuses every token of these tenants.',
    panel: ['edges', 'Denials and watermarks'],
  },
  {
    ...ALERTS.reportsIgnored,
    expr: `sum by (cluster, reason) (increase(freshet_edge_reports_ignored_total[10m])) > ${ALERT_LIMITS.ignoredReports}`,
    description:
      '{{ $value | humanize }} reports of the last 10 min changed nothing: {{ $labels.reason }}. The log of the console names the edges.',
    panel: ['edges', 'Ignored reports'],
  },
  {
    ...ALERTS.denyingUnverified,
    expr: 'sum by (cluster) (rate(freshet_decisions_total{result="deny",reason="unverified"}[5m])) > 0',
    for: '1m',
    window: '5m',
    description:
      '{{ $value | humanize }} requests a second are denied as unverified: users with possibly fresh tokens are locked out.',
    panel: ['edges', 'Decisions'],
  },
  {
    ...ALERTS.staleAllows,
    expr: grew({ counter: 'freshet_stale_allows_total', labels: 'class="kill"', window: '5m' }),
    for: '1m',
    description:
      '{{ $value | humanize }} requests of the last 5 min were allowed after the commit of a change of class kill.',
    panel: ['edges', 'Stale allows by class'],
  },
]
