import { buckets, quantiles, redFrom, type Board } from './board.ts'

const APPLY = 'freshet_edge_apply_duration_seconds'
const AGE = 'max by (edge) (freshet_edge_view_age_seconds{edge=~"$edge"})'
const LIVE = 'origin="live"'

/** Which edge is behind, and what edges answer. */
export const EDGES: Board = {
  name: 'edges',
  title: 'Edges',
  description: 'The status of edges, the age of their views, and their answers.',
  variables: [
    { name: 'edge', label: 'Edge', query: 'label_values(freshet_edge_view_age_seconds, edge)' },
  ],
  panels: [
    {
      title: 'Edges by state',
      description: 'The number of edges in each status, by their reports.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'max by (state) (freshet_edges)', legend: '{{state}}' }],
    },
    {
      title: 'Oldest views',
      description: 'The ten oldest views. Beyond the lease an edge refuses what it cannot verify.',
      kind: 'bargauge',
      unit: 's',
      width: 12,
      queries: [{ expr: `topk(10, ${AGE})`, legend: '{{edge}}' }],
      colors: redFrom(5),
    },
    {
      title: 'Age of views',
      description: 'Each edge as a strip: red while its view was older than the lease of 5 s.',
      kind: 'status-history',
      unit: 's',
      width: 24,
      height: 10,
      queries: [{ expr: AGE, legend: '{{edge}}' }],
      colors: redFrom(5),
    },
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
      title: 'Applies',
      description: 'The times that edges took to apply a live change, from its append.',
      kind: 'heatmap',
      unit: 's',
      width: 12,
      queries: buckets(APPLY, LIVE),
    },
    {
      title: 'Time until applied',
      description:
        'The same as quantiles, beside the 2 s that the classes kill and reduce promise.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [...quantiles(APPLY, LIVE), { expr: 'vector(2)', legend: 'objective' }],
    },
    {
      title: 'Denials and watermarks',
      description:
        'The entries of the fullest edge, and the number of tenants for which it had no room for a denial or a watermark.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        { expr: 'max(freshet_edge_denials)', legend: 'denials' },
        { expr: 'max(freshet_edge_watermarks)', legend: 'watermarks' },
        { expr: 'max(freshet_edge_denials_overflowing)', legend: 'tenants without room: denials' },
        {
          expr: 'max(freshet_edge_watermarks_overflowing)',
          legend: 'tenants without room: watermarks',
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
    {
      title: 'Ignored reports',
      description:
        'Reports of edges that changed nothing, by the reason: forged, copied, or signed by a key that the registry does not have.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (reason) (increase(freshet_edge_reports_ignored_total[$__rate_interval]))',
          legend: '{{reason}}',
        },
      ],
    },
    {
      title: 'Token requests',
      description:
        'Requests for new tokens: admitted, refused, in progress, and the limit of those in progress.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (outcome) (rate(freshet_token_requests_total[$__rate_interval]))',
          legend: '{{outcome}} a second',
        },
        { expr: 'sum(freshet_token_requests_inside)', legend: 'inside' },
        { expr: 'sum(freshet_token_requests_inside_limit)', legend: 'may be inside' },
      ],
    },
  ],
}
