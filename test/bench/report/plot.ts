import { numberText } from './number-text.ts'
import { middleOf, type Result } from './result.ts'

const WIDTH = 900
const LABEL_WIDTH = 220
const ROW_HEIGHT = 26
const TOP = 34
const VALUE_WIDTH = 90

/**
 * Returns one SVG of all results of one unit, on a logarithmic axis. Each has a dot for the median, a bar
 * from p50 to p99, and a thin line to the maximum.
 */
export function plotOf(unit: string, results: readonly Result[]): string {
  const values = results.flatMap((result) => [middleOf(result), 'max' in result ? result.max : 0])
  const axis = logScale(values, LABEL_WIDTH, WIDTH - VALUE_WIDTH)
  const height = TOP + results.length * ROW_HEIGHT + 8
  const rows = results.map((result, row) => rowOf(result, TOP + (row + 0.5) * ROW_HEIGHT, axis.at))
  const ticks = axis.decades.map((decade) => tickOf(decade, axis.at(decade), height))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="8" y="20" font-weight="bold">${unit}</text>`,
    ...ticks,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

function tickOf(value: number, x: number, height: number): string {
  const text = value >= 0.001 ? numberText(value) : value.toExponential(0)
  return (
    `<line x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${height - 8}" stroke="#ddd"/>` +
    `<text x="${x}" y="${TOP - 12}" text-anchor="middle" fill="#666">${text}</text>`
  )
}

function rowOf(result: Result, y: number, x: (value: number) => number): string {
  const middle = x(middleOf(result))
  const spread =
    'p50' in result
      ? `<line x1="${middle}" x2="${x(result.max)}" y1="${y}" y2="${y}" stroke="#8ab"/>` +
        `<rect x="${middle}" y="${y - 5}" width="${x(result.p99) - middle}" height="10" fill="#8ab"/>`
      : ''
  return (
    `<text x="8" y="${y + 4}">${result.id}</text>${spread}` +
    `<circle cx="${middle}" cy="${y}" r="4" fill="#247"/>` +
    `<text x="${WIDTH - 8}" y="${y + 4}" text-anchor="end">${numberText(middleOf(result))}</text>`
  )
}

/** A logarithmic axis from one pixel to another. */
interface LogScale {
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
