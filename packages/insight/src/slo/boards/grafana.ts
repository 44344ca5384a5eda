import type { Board, Panel, Query, BoardVariable } from './board.ts'

/** Grafana 10 and later read it. */
const SCHEMA_VERSION = 39
const COLUMNS = 24
const HEIGHT = 8
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }

/** A board as Grafana imports it. Its uid stays, so links to it do. */
export function grafanaBoard(board: Board): object {
  const { name, title, description, variables, panels } = board
  return {
    uid: `freshet-${name}`,
    title: `Freshet / ${title}`,
    description,
    tags: ['freshet'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    links: [
      { type: 'dashboards', title: 'Freshet', tags: ['freshet'], asDropdown: true, keepTime: true },
    ],
    annotations: { list: [deploys()] },
    templating: { list: [datasource(), ...variables.map(variableOf)] },
    panels: placed(panels),
  }
}

/** The id of a panel, which is its place. */
export function panelId({ panels }: Board, title: string): number {
  return panels.findIndex((panel) => panel.title === title) + 1
}

function placed(panels: readonly Panel[]): readonly object[] {
  let x = 0
  let y = 0
  let tallest = 0
  return panels.map((panel, index) => {
    const { width: w, height: h = HEIGHT } = panel
    if (x + w > COLUMNS) {
      y += tallest
      x = 0
      tallest = 0
    }
    const gridPos = { x, y, w, h }
    x += w
    tallest = Math.max(tallest, h)
    return panelOf(panel, index + 1, gridPos)
  })
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind, unit, queries, colors } = panel
  const steps = (colors ?? [[null, 'green']]).map(([value, color]) => ({ value, color }))
  return {
    id,
    title,
    description,
    type: kind,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: { unit, thresholds: { mode: 'absolute', steps }, noValue: 'no data' },
      overrides: [],
    },
    options: optionsOf(panel),
    targets: queries.map((query, index) => targetOf(query, kind, index)),
  }
}

function optionsOf({ kind }: Panel): object {
  switch (kind) {
    case 'heatmap':
      return {
        calculate: false,
        yAxis: { unit: 's' },
        color: { scheme: 'Spectral', mode: 'scheme' },
      }
    case 'stat':
    case 'bargauge':
      return { reduceOptions: { calcs: ['lastNotNull'] }, orientation: 'horizontal' }
    case 'timeseries':
      return { legend: { displayMode: 'table', placement: 'bottom' }, tooltip: { mode: 'multi' } }
    case 'status-history':
    case 'table':
      return {}
  }
}

function targetOf({ expr, legend }: Query, kind: Panel['kind'], index: number): object {
  const isNow = kind === 'stat' || kind === 'bargauge' || kind === 'table'
  return {
    refId: String.fromCodePoint('A'.codePointAt(0)! + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    instant: isNow,
    range: !isNow,
    format: kind === 'heatmap' ? 'heatmap' : kind === 'table' ? 'table' : 'time_series',
    exemplar: expr.includes('_bucket'),
  }
}

function datasource(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' }
}

function variableOf({ name, label, query }: BoardVariable): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    refresh: 2,
  }
}

/** A line where another build began to run. */
function deploys(): object {
  return {
    name: 'Deploys',
    enable: true,
    datasource: DATASOURCE,
    iconColor: 'blue',
    expr: DEPLOYS,
    titleFormat: 'version {{version}}',
    textFormat: '{{commit}}',
  }
}

/** Builds that did not run 5 min before. */
export const DEPLOYS =
  'count by (version, commit) (freshet_build_info) unless count by (version, commit) (freshet_build_info offset 5m)'
