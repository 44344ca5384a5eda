import { STALE_VIEW_MS } from '@freshet/protocol/slo'
import { buckets, quantiles, redFrom, type Board, type Row, type Query } from './board.ts'
import { freshRow } from './fresh-row.ts'
import type { Promises } from './promises.ts'

const DENIED = (selector: string): string =>
  `sum by (reason) (rate(freshet_decisions_total{result="deny",${selector}}[$__rate_interval]))`
/** Users with possibly fresh tokens are locked out. */
const UNVERIFIED: Query = {
  expr: DENIED('reason="unverified"'),
  legend: 'unverified',
  color: 'red',
}

/** The answers of edges to requests, and their reasons. */
const DECISIONS_ROW: Row = {
  title: 'Decisions',
  panels: [
    {
      title: 'Decisions',
      description:
        'Answers to requests by result and reason. deny for unverified locks users out; allow by break-glass is a route with a grant.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: [
        {
          expr: 'sum by (result, reason) (rate(freshet_decisions_total[$__rate_interval]))',
          legend: '{{result}} {{reason}}',
        },
      ],
    },
    {
      title: 'Denied by reason',
      description:
        'Denied requests. Stale is the product at work. Unverified, in red, refuses users whose tokens are possibly fresh.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: [UNVERIFIED, { expr: DENIED('reason!="unverified"'), legend: '{{reason}}' }],
    },
    {
      title: 'Observed routes',
      description:
        'Requests that were allowed because their route is observed, by the answer that they would have got.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: [
        {
          expr: 'sum by (would, reason) (rate(freshet_observed_total[$__rate_interval]))',
          legend: '{{would}} {{reason}}',
        },
      ],
    },
    {
      title: 'Stale allows by class',
      description:
        'Requests that edges allowed after the commit of the change that revoked their token.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (class) (increase(freshet_stale_allows_total[$__rate_interval]))',
          legend: '{{class}}',
        },
      ],
      colors: redFrom(1),
    },
  ],
}

const APPLY = 'freshet_edge_apply_duration_seconds'
const AGE = 'max by (cluster, edge) (freshet_edge_view_age_seconds{edge=~"$edge"})'
const LIVE = 'origin="live"'
const LEASE_S = STALE_VIEW_MS / 1_000

const VIEWS: Row = {
  title: 'Views',
  panels: [
    {
      title: 'Edges by state',
      description:
        'The number of edges in each status, by their reports. A disconnected edge sent no closing report.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (state) (max by (cluster, state) (freshet_edges))',
          legend: '{{state}}',
        },
      ],
    },
    {
      title: 'Oldest views',
      description: 'The ten oldest views. Beyond the lease an edge refuses what it cannot verify.',
      kind: 'bargauge',
      unit: 's',
      width: 12,
      queries: [{ expr: `topk(10, ${AGE})`, legend: '{{edge}}' }],
      colors: redFrom(LEASE_S),
    },
    {
      title: 'Age of views',
      description: `Each edge as a strip: red while its view was older than the lease of ${LEASE_S} s.`,
      kind: 'status-history',
      unit: 's',
      width: 24,
      height: 10,
      queries: [{ expr: AGE, legend: '{{edge}}' }],
      colors: redFrom(LEASE_S),
    },
    {
      title: 'Sources that edges cannot vouch for',
      description:
        'The number of edges that cannot vouch for a source in a tenant: its claims are unverified there. An edge whose own view is too old vouches for no source.',
      kind: 'timeseries',
      unit: 'short',
      width: 24,
      min: 0,
      queries: [
        {
          expr: 'sum by (tenant, source) (freshet_edge_unverified_sources)',
          legend: '{{source}} of {{tenant}}',
        },
        { expr: 'sum(freshet_edge_unverified_sources_more) > 0', legend: 'further sources' },
        { expr: 'sum(freshet_edge_out_of_view) > 0', legend: 'edges without a view', color: 'red' },
      ],
    },
  ],
}

function applies({ completeMs }: Promises): Row {
  const promise = completeMs / 1_000
  return {
    title: 'Latency',
    panels: [
      {
        title: 'Applies',
        description: 'The times that edges took to apply a live change, from its append.',
        kind: 'heatmap',
        unit: 's',
        width: 12,
        queries: buckets(APPLY, LIVE),
      },
      {
        title: 'Time until applied',
        description: `The same as quantiles, beside the ${promise} s that the classes kill and reduce promise.`,
        kind: 'timeseries',
        unit: 's',
        width: 12,
        queries: [...quantiles(APPLY, LIVE), { expr: `vector(${promise})`, legend: 'objective' }],
      },
    ],
  }
}

const REPORTS: Row = {
  title: 'Edges and their reports',
  panels: [
    {
      title: 'Denials and watermarks',
      description: 'The entries of the fullest edge.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        { expr: 'max(freshet_edge_denials)', legend: 'denials' },
        { expr: 'max(freshet_edge_watermarks)', legend: 'watermarks' },
      ],
    },
    {
      title: 'Tenants without room',
      description:
        'The number of tenants for which an edge had no room for a denial or a watermark: it refuses their tokens.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        { expr: 'max(freshet_edge_denials_overflowing)', legend: 'denials' },
        { expr: 'max(freshet_edge_watermarks_overflowing)', legend: 'watermarks' },
      ],
      colors: redFrom(1),
    },
    {
      title: 'Ignored reports',
      description:
        'Reports of edges that changed nothing, by the reason: forged, copied, or signed by a key that the registry does not have.',
      kind: 'timeseries',
      unit: 'short',
      width: 8,
      queries: [
        {
          expr: 'sum by (reason) (increase(freshet_edge_reports_ignored_total[$__rate_interval]))',
          legend: '{{reason}}',
        },
      ],
    },
  ],
}

/** Which edge is behind, and what edges answer. */
export function edgesBoard(promises: Promises): Board {
  return {
    name: 'edges',
    title: 'Edges',
    description: 'The status of edges, the age of their views, and their answers.',
    variables: [
      { name: 'edge', label: 'Edge', query: 'label_values(freshet_edge_view_age_seconds, edge)' },
    ],
    rows: [freshRow(promises), VIEWS, DECISIONS_ROW, applies(promises), REPORTS],
  }
}
