import type { Color, Panel, Query, Thresholds } from './board.ts'

/** Returns the id of a query within its panel. */
export function refIdOf(index: number): string {
  return String.fromCodePoint('A'.codePointAt(0)! + index)
}

/** Returns the unit, the colours and the texts of a panel's values. */
export function fieldConfigOf(panel: Panel): object {
  const { unit, colors, texts, noValue = 'no data', min, max, queries } = panel
  return {
    defaults: {
      unit,
      thresholds: thresholdsOf(colors ?? [[null, 'green']]),
      ...(texts && { mappings: texts.map(mappingOf) }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      noValue,
    },
    overrides: queries.flatMap(overridesOf),
  }
}

/** Returns the options of its kind, with all that Grafana requires. */
export function optionsOf({ kind, isLoud = false }: Panel): object {
  switch (kind) {
    case 'heatmap':
      return HEATMAP
    case 'stat':
      return {
        ...STAT,
        textMode: isLoud ? 'value' : 'value_and_name',
        colorMode: isLoud ? 'background' : 'value',
      }
    case 'bargauge':
      return BAR_GAUGE
    case 'timeseries':
      return { legend: LEGEND, tooltip: TOOLTIP }
    case 'status-history':
      return { rowHeight: 0.9, showValue: 'never', legend: LEGEND, tooltip: TOOLTIP }
    case 'table':
      return { frameIndex: 0, showHeader: true }
  }
}

const LEGEND = { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: [] }
const TOOLTIP = { mode: 'multi', sort: 'desc' }
const LAST = { calcs: ['lastNotNull'] }

const HEATMAP = {
  calculate: false,
  yAxis: { unit: 's' },
  color: {
    scheme: 'Spectral',
    mode: 'scheme',
    fill: 'dark-orange',
    exponent: 0.5,
    steps: 64,
    reverse: false,
  },
  showValue: 'never',
  legend: { show: true },
  tooltip: { mode: 'single' },
  exemplars: { color: 'rgba(255,0,255,0.7)' },
}

const STAT = {
  reduceOptions: LAST,
  orientation: 'auto',
  graphMode: 'none',
  justifyMode: 'auto',
  wideLayout: true,
  showPercentChange: false,
  percentChangeColorMode: 'standard',
}

const BAR_GAUGE = {
  reduceOptions: LAST,
  orientation: 'horizontal',
  displayMode: 'gradient',
  valueMode: 'color',
  namePlacement: 'auto',
  showUnfilled: true,
  sizing: 'auto',
  minVizWidth: 8,
  minVizHeight: 16,
  maxVizHeight: 300,
  legend: { ...LEGEND, showLegend: false },
}

function thresholdsOf(colors: Thresholds): object {
  return { mode: 'absolute', steps: colors.map(([value, color]) => ({ value, color })) }
}

function mappingOf([value, text, color]: readonly [number, string, Color], index: number): object {
  return { type: 'value', options: { [String(value)]: { text, color, index } } }
}

function overridesOf({ color, colors }: Query, index: number): readonly object[] {
  const properties = [
    ...(color === undefined ? [] : [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]),
    ...(colors === undefined ? [] : [{ id: 'thresholds', value: thresholdsOf(colors) }]),
  ]
  return properties.length === 0
    ? []
    : [{ matcher: { id: 'byFrameRefID', options: refIdOf(index) }, properties }]
}
