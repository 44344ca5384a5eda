/** A logarithmic axis from one pixel to another. */
export interface LogScale {
  readonly at: (value: number) => number
  /** Powers of ten on the axis. */
  readonly decades: readonly number[]
}

/** Returns the whole decades that hold all positive values; `from` and `to` are pixels. */
export function logScale(values: readonly number[], from: number, to: number): LogScale {
  const positive = values.filter((value) => value > 0)
  const low = Math.floor(Math.log10(Math.min(...positive, 1e300)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 0))))
  return {
    at: (value) => {
      const part = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)
      return Math.round(from + part * (to - from))
    },
    decades: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
  }
}
