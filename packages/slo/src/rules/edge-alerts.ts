import type { Alert } from './alert.ts'
import { grew } from './grew.ts'

/** The lease that a source has unless its registry says otherwise. An edge whose view is older refuses. */
const LEASE_SECONDS = 5
/** Beyond this share of the edges it is not theirs any more. */
const MANY = 0.05

/** Edges that have not caught up once do not judge yet. Several processes may tell of one edge: the oldest view counts. */
const AGE = 'max by (edge) (freshet_edge_view_age_seconds{state!="starting"})'
const STALE = `${AGE} > ${LEASE_SECONDS}`
const SHARE = `count(${STALE}) / count(${AGE})`

/** About edges, and what they answer. */
export const EDGE_ALERTS: readonly Alert[] = [
  {
    name: 'FreshetEdgeStale',
    severity: 'page',
    expr: `(${SHARE}) > ${MANY}`,
    for: '30s',
    summary: 'Many edges have not heard for longer than the lease.',
    description:
      '{{ $value | humanizePercentage }} of the edges have a view older than 5 s: they refuse what they cannot verify.',
    panel: ['edges', 'Age of views'],
  },
  {
    name: 'FreshetEdgeStale',
    severity: 'ticket',
    expr: `${STALE} unless on() (${SHARE}) > ${MANY}`,
    for: '30s',
    summary: 'An edge has not heard for longer than the lease.',
    description:
      'The view of {{ $labels.edge }} is {{ $value | humanizeDuration }} old: it refuses what it cannot verify.',
    panel: ['edges', 'Age of views'],
  },
  {
    name: 'FreshetDenyingUnverified',
    severity: 'page',
    expr: 'sum(rate(freshet_decisions_total{result="deny",reason="unverified"}[5m])) > 0',
    for: '1m',
    summary: 'Requests are refused because nobody can vouch for their tokens.',
    description:
      '{{ $value | humanize }} requests a second are denied as unverified: people are locked out whose tokens may be fresh.',
    panel: ['edges', 'Decisions'],
  },
  {
    name: 'FreshetStaleAllows',
    severity: 'page',
    expr: grew({ counter: 'freshet_stale_allows_total', labels: 'class="kill"', window: '5m' }),
    summary: 'Somebody was let in after the source had ended their account or session.',
    description:
      '{{ $value | humanize }} requests of the last 5 min were allowed after the commit of a change of class kill.',
    panel: ['edges', 'Let in too late, by class'],
  },
]
