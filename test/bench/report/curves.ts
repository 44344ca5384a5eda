import { CURVE_PERCENTILES } from '../measure/distribution.ts'
import { logScale } from './plot.ts'
import { numberText } from './number-text.ts'
import type { Result } from './result.ts'

const BOX = { width: 900, height: 460, left: 70, right: 700, top: 40, bottom: 410 } as const
const COLOURS = ['#1b5e9b', '#c4561a', '#2e7d4f', '#7b3fa0', '#8a6d00', '#9b1b40', '#4a4a4a']
/** Percentiles that the axis names; the share beyond them shrinks by the same factor each time. */
const NAMED = [0, 50, 90, 99, 99.9, 99.99]
/** The share beyond the last point of the axis, at which 100 % is drawn, too. */
const SHARE_MIN = 0.0001

/**
 * Returns one SVG of several latency distributions. The axis of percentiles gives each further nine the same
 * room, and the axis of values is logarithmic. The last point of a curve is its maximum.
 */
export function curvesOf(name: string, results: readonly Result[]): string {
  const curves = results.filter((result) => 'curve' in result)
  const y = logScale(curves.flatMap(pointsOf), BOX.bottom, BOX.top)
  const lines = curves.map((result, index) => curveOf(result, index, y.at))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${BOX.width}" height="${BOX.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${BOX.left}" y="20" font-weight="bold">${name}: percentiles, ${curves[0]?.unit ?? ''}</text>`,
    ...y.decades.map((decade) => rowLine(decade, y.at(decade))),
    ...NAMED.map((percentile) => columnLine(percentile)),
    ...lines,
    '</svg>\n',
  ].join('\n')
}

function curveOf(result: Result, index: number, y: (value: number) => number): string {
  const colour = COLOURS[index % COLOURS.length]
  const dash = index < COLOURS.length ? '' : ' stroke-dasharray="5 3"'
  const points = pointsOf(result).map(
    (value, point) => `${xOf(CURVE_PERCENTILES[point] ?? 100)},${y(value)}`,
  )
  const row = BOX.top + 14 + index * 20
  const legend = BOX.right + 16
  return (
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>` +
    `<line x1="${legend}" x2="${legend + 20}" y1="${row - 4}" y2="${row - 4}" stroke="${colour}" stroke-width="3"${dash}/>` +
    `<text x="${legend + 26}" y="${row}">${result.id}</text>`
  )
}

function pointsOf(result: Result): readonly number[] {
  return ('curve' in result ? result.curve : undefined) ?? []
}

function xOf(percentile: number): number {
  const nines = -Math.log10(Math.max(SHARE_MIN, 1 - percentile / 100))
  return Math.round(BOX.left + (nines / -Math.log10(SHARE_MIN)) * (BOX.right - BOX.left))
}

function rowLine(value: number, y: number): string {
  return (
    `<line x1="${BOX.left}" x2="${BOX.right}" y1="${y}" y2="${y}" stroke="#ddd"/>` +
    `<text x="${BOX.left - 8}" y="${y + 4}" text-anchor="end" fill="#555">${numberText(value)}</text>`
  )
}

function columnLine(percentile: number): string {
  const x = xOf(percentile)
  return (
    `<line x1="${x}" x2="${x}" y1="${BOX.top}" y2="${BOX.bottom}" stroke="#ddd"/>` +
    `<text x="${x}" y="${BOX.bottom + 18}" text-anchor="middle" fill="#555">${percentile} %</text>`
  )
}
