import { selectionsOf, withSelection, type Selection } from '../scope/selector.ts'
import { panelsOf, type Board, type BoardVariable, type Panel, type Query } from './board.ts'
import { fieldConfigOf, optionsOf, refIdOf } from './panel-look.ts'

/** Grafana 10 and later read it. */
const SCHEMA_VERSION = 39
const COLUMNS = 24
const HEIGHT = 8
/** Rows have ids of their own, so that a new row moves no link to a panel. */
const ROW_IDS = 1_000
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }

/** A board as Grafana imports it. Its uid stays, so links to it do. */
export function grafanaBoard(unscoped: Board, scope: Selection = selectionsOf([]).boards): object {
  const board = boardWithin(unscoped, scope)
  const { name, title, description, variables } = board
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
      {
        type: 'dashboards',
        title: 'Freshet',
        tooltip: 'The other boards of Freshet',
        icon: 'external link',
        tags: ['freshet'],
        asDropdown: true,
        targetBlank: false,
        keepTime: true,
        includeVars: false,
      },
    ],
    annotations: { list: [deploys(scope)] },
    templating: { list: [datasource(), variableOf(CLUSTER), ...variables.map(variableOf)] },
    panels: placed(board),
  }
}

/** Puts the matchers into each query. The variable of the cluster itself lists all clusters. */
function boardWithin(board: Board, scope: Selection): Board {
  const within = <T extends Query>(query: T): T => ({
    ...query,
    expr: withSelection(query.expr, scope),
  })
  return {
    ...board,
    variables: board.variables.map((each) => ({
      ...each,
      query: withSelection(each.query, scope),
    })),
    rows: board.rows.map((row) => ({
      ...row,
      panels: row.panels.map((panel) => ({ ...panel, queries: panel.queries.map(within) })),
    })),
  }
}

/** The id of a panel, which is its place. */
export function panelId(board: Board, title: string): number {
  return panelsOf(board).findIndex((panel) => panel.title === title) + 1
}

/** Empty where no series has the label. */
const CLUSTER: BoardVariable = {
  name: 'cluster',
  label: 'Cluster',
  query: 'label_values(freshet_build_info, cluster)',
}

function placed(board: Board): readonly object[] {
  let y = 0
  return board.rows.flatMap(({ title, panels }, index) => {
    const head = rowOf(title, ROW_IDS + index, y)
    let x = 0
    let tallest = 0
    y += 1
    const shown = panels.map((panel) => {
      const { width: w, height: h = HEIGHT } = panel
      if (x + w > COLUMNS) {
        y += tallest
        x = 0
        tallest = 0
      }
      const gridPos = { x, y, w, h }
      x += w
      tallest = Math.max(tallest, h)
      return panelOf(panel, panelId(board, panel.title), gridPos)
    })
    y += tallest
    return [head, ...shown]
  })
}

function rowOf(title: string, id: number, y: number): object {
  const gridPos = { x: 0, y, w: COLUMNS, h: 1 }
  return { id, type: 'row', title, collapsed: false, gridPos, panels: [] }
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind, queries } = panel
  return {
    id,
    title,
    description,
    type: kind,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: fieldConfigOf(panel),
    options: optionsOf(panel),
    targets: queries.map((query, index) => targetOf(query, kind, index)),
  }
}

function targetOf({ expr, legend }: Query, kind: Panel['kind'], index: number): object {
  const isNow = kind === 'stat' || kind === 'bargauge' || kind === 'table'
  return {
    refId: refIdOf(index),
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

function variableOf({ name, label, query, isSingle = false }: BoardVariable): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    refresh: 2,
    ...(!isSingle && {
      includeAll: true,
      multi: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    }),
  }
}

/** A line where another build began to run. */
function deploys(scope: Selection): object {
  return {
    name: 'Deploys',
    enable: true,
    datasource: DATASOURCE,
    iconColor: 'blue',
    expr: withSelection(DEPLOYS, scope),
    titleFormat: 'version {{version}}',
    textFormat: '{{commit}}',
  }
}

/** Builds that did not run 5 min before. */
export const DEPLOYS =
  'count by (version, commit) (freshet_build_info) unless count by (version, commit) (freshet_build_info offset 5m)'
