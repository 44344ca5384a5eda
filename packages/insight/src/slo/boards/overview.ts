import { buckets, quantiles, redFrom, type Board, type Panel, type Row } from './board.ts'
import { freshRow } from './fresh-row.ts'
import { COMPLETE, type Promises } from './promises.ts'

const OF_CLASS = 'origin="live",class=~"$class"'
const CHOSEN = 'sloth_slo=~"$objective"'
const BURN = ' / on (sloth_id, sloth_service, sloth_slo) group_left () slo:error_budget:ratio'
/** An overspent budget ends the scale; far below zero, it would make all others invisible. */
const SPENT = -1

function objectives({ pageFactor }: Promises): Row {
  return {
    title: 'Objectives',
    panels: [
      {
        title: 'Budget left',
        description:
          'The share of the bad events that each objective allows in 28 days. Below zero the budget is overspent; the bar ends at -100 %.',
        kind: 'bargauge',
        unit: 'percentunit',
        width: 10,
        height: 12,
        queries: [
          {
            expr: `sort(clamp_min(slo:period_error_budget_remaining:ratio, ${SPENT}))`,
            legend: '{{sloth_slo}}',
          },
        ],
        colors: [
          [null, 'red'],
          [0, 'orange'],
          [0.25, 'green'],
        ],
        min: SPENT,
        max: 1,
      },
      {
        title: 'Burn by window',
        description: `The burn rate of the objective that is chosen above. At 1 the budget lasts the whole period.${pageFactor === undefined ? '' : ` Above ${pageFactor} over 1 h the alert pages.`}`,
        kind: 'timeseries',
        unit: 'short',
        width: 14,
        height: 12,
        queries: ['5m', '1h', '6h', '3d'].map((window) => ({
          expr: `slo:sli_error:ratio_rate${window}{${CHOSEN}}${BURN}`,
          legend: `{{sloth_slo}} ${window}`,
        })),
        ...(pageFactor !== undefined && { colors: redFrom(pageFactor) }),
      },
      firing(),
      watchdog(),
    ],
  }
}

function firing(): Panel {
  return {
    title: 'Firing alerts',
    description: 'Alerts that fire. An empty panel is good only while the Watchdog fires.',
    kind: 'table',
    unit: 'short',
    width: 20,
    queries: [
      {
        expr: 'sum by (cluster, alertname, severity, service, source, sloth_slo) (ALERTS{alertname=~"Freshet.+",alertstate="firing"})',
        legend: '{{alertname}}',
      },
    ],
    noValue: 'none',
  }
}

function watchdog(): Panel {
  return {
    title: 'Watchdog',
    description: 'An alert that always fires: 1 where rules are evaluated.',
    kind: 'stat',
    unit: 'short',
    width: 4,
    queries: [{ expr: 'sum(ALERTS{alertname="Watchdog",alertstate="firing"})', legend: 'fires' }],
    colors: [
      [null, 'red'],
      [1, 'green'],
    ],
  }
}

function latency({ completeMs }: Promises): Row {
  const promise = completeMs / 1_000
  return {
    title: 'Latency',
    panels: [
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
        description: `The same as quantiles, beside the ${promise} s that the classes kill and reduce promise.`,
        kind: 'timeseries',
        unit: 's',
        width: 12,
        queries: [
          ...quantiles(COMPLETE, OF_CLASS),
          { expr: `vector(${promise})`, legend: 'objective' },
        ],
      },
    ],
  }
}

const SAFETY: Row = {
  title: 'Safety',
  panels: [
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

/** Is it fresh now, and how much budget is left? */
export function overviewBoard(promises: Promises): Board {
  return {
    name: 'overview',
    title: 'Overview',
    description: 'Objectives, their budgets, and how long a change takes until every edge has it.',
    variables: [
      { name: 'class', label: 'Class', query: `label_values(${COMPLETE}_count, class)` },
      {
        name: 'objective',
        label: 'Objective',
        query: 'label_values(slo:current_burn_rate:ratio, sloth_slo)',
        isSingle: true,
      },
    ],
    rows: [freshRow(promises), objectives(promises), latency(promises), SAFETY],
  }
}
