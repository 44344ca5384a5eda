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

/** Returns the options of its kind. */
export function optionsOf({ kind, isLoud = false }: Panel): object {
  switch (kind) {
    case 'heatmap':
      return {
        calculate: false,
        yAxis: { unit: 's' },
        color: { scheme: 'Spectral', mode: 'scheme' },
      }
    case 'stat':
      return {
        reduceOptions: { calcs: ['lastNotNull'] },
        orientation: 'auto',
        textMode: isLoud ? 'value' : 'value_and_name',
        colorMode: isLoud ? 'background' : 'value',
        graphMode: 'none',
      }
    case 'bargauge':
      return { reduceOptions: { calcs: ['lastNotNull'] }, orientation: 'horizontal' }
    case 'timeseries':
      return { legend: { displayMode: 'table', placement: 'bottom' }, tooltip: { mode: 'multi' } }
    case 'status-history':
    case 'table':
      return {}
  }
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
