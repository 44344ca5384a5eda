import { buckets, quantiles, redFrom, type Board } from './board.ts'

const COMPLETE = 'freshet_change_complete_duration_seconds'
const OF_CLASS = 'origin="live",class=~"$class"'
const BURN = ' / on(sloth_id, sloth_service, sloth_slo) group_left() slo:error_budget:ratio'

/** Is it fresh now, and how much budget is left? */
export const OVERVIEW: Board = {
  name: 'overview',
  title: 'Overview',
  description: 'Objectives, their budgets, and how long a change takes until every edge has it.',
  variables: [{ name: 'class', label: 'Class', query: `label_values(${COMPLETE}_count, class)` }],
  panels: [
    {
      title: 'Budget left',
      description:
        'The share of the bad events that each objective allows in 28 days. Below zero the budget is overspent.',
      kind: 'bargauge',
      unit: 'percentunit',
      width: 12,
      height: 12,
      queries: [{ expr: 'sort(slo:period_error_budget_remaining:ratio)', legend: '{{sloth_slo}}' }],
      colors: [
        [null, 'red'],
        [0, 'orange'],
        [0.25, 'green'],
      ],
    },
    {
      title: 'Burn by window',
      description:
        'The burn rate of each budget within the window. At 1 the budget lasts the whole period. Above 13.44 over 1 h the alert pages.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      height: 12,
      queries: ['5m', '1h', '6h', '3d'].map((window) => ({
        expr: `slo:sli_error:ratio_rate${window}${BURN}`,
        legend: `{{sloth_slo}} ${window}`,
      })),
      colors: redFrom(13.44),
    },
    {
      title: 'Firing alerts',
      description: 'Alerts that fire. An empty panel is good only while the Watchdog fires.',
      kind: 'table',
      unit: 'short',
      width: 16,
      queries: [
        {
          expr: 'sum by (alertname, severity, sloth_slo) (ALERTS{alertname=~"Freshet.+",alertstate="firing"})',
          legend: '{{alertname}}',
        },
      ],
    },
    {
      title: 'Watchdog',
      description: 'An alert that always fires: 1 where rules are evaluated.',
      kind: 'stat',
      unit: 'short',
      width: 8,
      queries: [{ expr: 'sum(ALERTS{alertname="Watchdog",alertstate="firing"})', legend: '' }],
      colors: [
        [null, 'red'],
        [1, 'green'],
      ],
    },
    {
      title: 'Changes until complete',
      description:
        'The times of live changes from their append until every edge refused the revoked tokens.',
      kind: 'heatmap',
      unit: 's',
      width: 12,
      queries: buckets(COMPLETE, OF_CLASS),
    },
    {
      title: 'Time until complete',
      description:
        'The same as quantiles, beside the 2 s that the classes kill and reduce promise.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [...quantiles(COMPLETE, OF_CLASS), { expr: 'vector(2)', legend: 'objective' }],
    },
    {
      title: 'Stale allows',
      description:
        'Requests that were allowed after the commit of the change that revoked their token. If edges dropped allows, it is a lower bound.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: 'sum by (class) (increase(freshet_stale_allows_total[$__rate_interval]))',
          legend: '{{class}}',
        },
        {
          expr: 'sum(increase(freshet_stale_allow_ring_evictions_total[$__rate_interval]))',
          legend: 'allows that gave way',
        },
      ],
      colors: redFrom(1),
    },
    {
      title: 'Probes',
      description: 'Probes of the whole path: sent, and failed.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: ['sent', 'lost'].map((what) => ({
        expr: `sum(increase(freshet_probe_${what}_total[$__rate_interval]))`,
        legend: what,
      })),
    },
  ],
}
