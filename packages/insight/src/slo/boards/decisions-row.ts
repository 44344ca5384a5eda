import { redFrom, type Query, type Row } from './board.ts'

const DENIED = (selector: string): string =>
  `sum by (reason) (rate(freshet_decisions_total{result="deny",${selector}}[$__rate_interval]))`
/** Users with possibly fresh tokens are locked out. */
const UNVERIFIED: Query = {
  expr: DENIED('reason="unverified"'),
  legend: 'unverified',
  color: 'red',
}

/** The answers of edges to requests, and their reasons. */
export const DECISIONS_ROW: Row = {
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
