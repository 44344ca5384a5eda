/** A query of a panel. */
export interface Query {
  readonly expr: string
  /** The name of its series, with labels in double braces. */
  readonly legend: string
}

/** The form in which a panel shows its data. */
export type PanelKind = 'timeseries' | 'stat' | 'bargauge' | 'heatmap' | 'status-history' | 'table'

/** The content of a panel. */
export interface Panel {
  /** Unique on its board. */
  readonly title: string
  /** Its content, and its interpretation. */
  readonly description: string
  readonly kind: PanelKind
  readonly unit: 's' | 'short' | 'percentunit' | 'reqps' | 'bytes'
  readonly queries: readonly Query[]
  /** The width, of 24 columns. */
  readonly width: number
  readonly height?: number
  /** From which value on which colour; the first is from the least on. */
  readonly colors?: readonly (readonly [from: number | null, color: 'green' | 'orange' | 'red'])[]
}

/** A variable of a board, with the query that lists its values. */
export interface BoardVariable {
  readonly name: string
  readonly label: string
  readonly query: string
}

/** Panels that are looked at together. */
export interface Board {
  /** Part of its uid, `freshet-` before it. */
  readonly name: 'overview' | 'pipeline' | 'edges'
  readonly title: string
  readonly description: string
  readonly variables: readonly BoardVariable[]
  readonly panels: readonly Panel[]
}

/** Green while small, and red from a limit on. */
export function redFrom(limit: number): NonNullable<Panel['colors']> {
  return [
    [null, 'green'],
    [limit, 'red'],
  ]
}

/** Three quantiles of a histogram of seconds, by the labels that are named. */
export function quantiles(histogram: string, selector: string): readonly Query[] {
  return [0.5, 0.99, 0.999].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`,
    legend: `p${Number((share * 100).toFixed(1))}`,
  }))
}

/** The number of observations in each bucket. */
export function buckets(histogram: string, selector: string): readonly Query[] {
  const counted = `${histogram}_bucket{${selector}}`
  return [{ expr: `sum by (le) (increase(${counted}[$__rate_interval]))`, legend: '{{le}}' }]
}
