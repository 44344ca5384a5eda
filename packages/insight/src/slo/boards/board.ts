/** A query of a panel. */
export interface Query {
  readonly expr: string
  /** The name of its series, with labels in double braces. */
  readonly legend: string
  /** Colours of this series alone. */
  readonly colors?: Thresholds
  /** The one colour of this series, whatever its value. */
  readonly color?: Color
}

/** The colours that mean something: in order, watch it, act. */
export type Color = 'green' | 'orange' | 'red' | 'text'

/** From which value on which colour; the first is from the least on. */
export type Thresholds = readonly (readonly [from: number | null, color: Color])[]

/** The form in which a panel shows its data. */
export type PanelKind = 'timeseries' | 'stat' | 'bargauge' | 'heatmap' | 'status-history' | 'table'

/** The content of a panel. */
export interface Panel {
  /** Unique on its board. */
  readonly title: string
  /** Its content, and its interpretation. */
  readonly description: string
  readonly kind: PanelKind
  readonly unit: 's' | 'short' | 'percentunit' | 'reqps' | 'ops' | 'bytes'
  readonly queries: readonly Query[]
  /** The width, of 24 columns. */
  readonly width: number
  readonly height?: number
  readonly colors?: Thresholds
  /** Texts that stand for values. */
  readonly texts?: readonly (readonly [value: number, text: string, color: Color])[]
  /** The text where no series answers. */
  readonly noValue?: string
  readonly min?: number
  readonly max?: number
  /** True: the colour fills the panel. */
  readonly isLoud?: boolean
}

/** Panels under a title of their own. */
export interface Row {
  /** Unique on its board. */
  readonly title: string
  readonly panels: readonly Panel[]
}

/** A variable of a board, with the query that lists its values. */
export interface BoardVariable {
  readonly name: string
  readonly label: string
  readonly query: string
  /** True: one value at a time, and no value for all of them. */
  readonly isSingle?: boolean
}

/** Panels that are looked at together. */
export interface Board {
  /** Part of its uid, `freshet-` before it. */
  readonly name: 'overview' | 'pipeline' | 'edges'
  readonly title: string
  readonly description: string
  readonly variables: readonly BoardVariable[]
  readonly rows: readonly Row[]
}

/** Green while small, and red from a limit on. */
export function redFrom(limit: number): Thresholds {
  return [
    [null, 'green'],
    [limit, 'red'],
  ]
}

/** The panels of a board, in the order of their rows. */
export function panelsOf({ rows }: Pick<Board, 'rows'>): readonly Panel[] {
  return rows.flatMap(({ panels }) => panels)
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
