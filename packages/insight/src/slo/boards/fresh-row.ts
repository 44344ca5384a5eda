import { STALE_VIEW_MS } from '@freshet/protocol/slo'
import { redFrom, type Panel, type Row, type Thresholds } from './board.ts'
import { COMPLETE, type Promises } from './promises.ts'

const STAT = { kind: 'stat', width: 4, height: 4 } as const
const NONE_IS_GOOD = redFrom(1)
/** A verdict is a number here, so that the worst one of several consoles counts. */
const VERDICTS = [
  [0, 'fresh', 'green'],
  [1, 'degraded', 'orange'],
  [2, 'unknown', 'red'],
  [3, 'not-fresh', 'red'],
] as const

const EDGES = (states: string): string =>
  `sum(max by (cluster, state) (freshet_edges{state=~"${states}"}))`
const SILENCE = 'max by (cluster, tenant, source) (freshet_source_silence_seconds)'
const LEASE =
  'on (cluster, source) group_left () max by (cluster, source) (freshet_source_lease_seconds)'

/** Answers “fresh?” in one row, which is the first one of every board. */
export function freshRow({ completeMs }: Promises): Row {
  return {
    title: 'Fresh?',
    panels: [
      verdict(),
      lastEdge(completeMs / 1_000),
      edges(),
      sources(),
      tooLate(),
      oldestView(),
      causes(),
    ],
  }
}

function verdict(): Panel {
  const expr = VERDICTS.map(
    ([value, state]) => `freshet_health{state="${state}"} == 1) * ${value}`,
  ).map((each) => `(${each}`)
  return {
    ...STAT,
    title: 'Fresh?',
    description: 'The verdict of the console, as `freshet status` and GET /v1/health show it.',
    unit: 'short',
    queries: [{ expr: `max(${expr.join(' or ')})`, legend: 'claims are' }],
    texts: VERDICTS.map(([value, text, color]) => [value, text.toUpperCase(), color]),
    colors: redFrom(2),
    noValue: 'NO VERDICT',
    isLoud: true,
  }
}

function lastEdge(promiseS: number): Panel {
  const colors: Thresholds = redFrom(promiseS)
  return {
    ...STAT,
    title: 'To the last edge',
    description: `The 99th percentile of the last hour, from the append of a revocation until every edge had applied it. The objective is ${promiseS} s.`,
    unit: 's',
    queries: [
      {
        expr: `histogram_quantile(0.99, sum by (le) (rate(${COMPLETE}_bucket{origin="live",class=~"kill|reduce"}[1h])))`,
        legend: 'p99',
        colors,
      },
      { expr: `vector(${promiseS})`, legend: 'objective', color: 'text' },
    ],
    noValue: 'no change',
  }
}

function edges(): Panel {
  return {
    ...STAT,
    title: 'Edges',
    description:
      'The number of edges that are fresh, and of those that are not or stopped reporting.',
    unit: 'short',
    queries: [
      { expr: EDGES('synced|lagging'), legend: 'fresh', color: 'green' },
      {
        expr: EDGES('stale|starting|disconnected|uncounted'),
        legend: 'not fresh',
        colors: NONE_IS_GOOD,
      },
    ],
  }
}

function sources(): Panel {
  const counted = (comparison: string): string =>
    `count(${SILENCE} ${comparison} ${LEASE}) or 0 * count(${SILENCE})`
  return {
    ...STAT,
    title: 'Sources',
    description:
      'The number of sources whose heartbeat is younger than the lease, and of those that are silent.',
    unit: 'short',
    queries: [
      { expr: counted('<='), legend: 'live', color: 'green' },
      { expr: counted('>'), legend: 'silent', colors: NONE_IS_GOOD },
    ],
  }
}

function tooLate(): Panel {
  return {
    ...STAT,
    title: 'Let in too late, 24 h',
    description:
      'Requests of the last 24 h that were allowed after the commit of the change that revoked their token.',
    unit: 'short',
    // A counter that never counted is not there yet.
    queries: [
      {
        expr: 'ceil(sum(increase(freshet_stale_allows_total[24h])) or 0 * max(freshet_edges))',
        legend: 'requests',
      },
    ],
    colors: NONE_IS_GOOD,
  }
}

function oldestView(): Panel {
  return {
    ...STAT,
    title: 'Oldest view',
    description: 'The age of the oldest view of all edges. Beyond the lease an edge refuses.',
    unit: 's',
    queries: [{ expr: 'max(freshet_edge_view_age_seconds{state!="starting"})', legend: 'oldest' }],
    colors: redFrom(STALE_VIEW_MS / 1_000),
  }
}

function causes(): Panel {
  return {
    title: 'Causes',
    description:
      'The root causes of the verdict. `freshet status` has the effect and the next command.',
    kind: 'table',
    unit: 'short',
    width: 24,
    height: 4,
    queries: [
      { expr: 'max by (cluster, cause, object) (freshet_health_cause) == 1', legend: '{{cause}}' },
    ],
    noValue: 'none',
  }
}
