import type UPlot from 'uplot'
import type { Day } from './budget-days.ts'

const HEIGHT = 200
const SECOND_MS = 1_000

/**
 * Draws until the signal aborts. The drawing code is loaded when it is needed: a page without it is complete.
 */
export async function drawBudget(
  place: HTMLElement,
  days: readonly Day[],
  signal: AbortSignal,
): Promise<void> {
  const [{ default: Plot }] = await Promise.all([
    import('uplot'),
    import('uplot/dist/uPlot.min.css'),
  ])
  if (signal.aborted) return
  const data: UPlot.AlignedData = [
    days.map(({ atMs }) => atMs / SECOND_MS),
    days.map(({ left }) => left * 100),
  ]
  const chart = new Plot(optionsFor(place), data, place)
  const resized = new ResizeObserver(() =>
    chart.setSize({ width: place.clientWidth, height: HEIGHT }),
  )
  resized.observe(place)
  signal.addEventListener('abort', () => {
    resized.disconnect()
    chart.destroy()
  })
}

function optionsFor(place: HTMLElement): UPlot.Options {
  const colour = (name: string) => (): string =>
    getComputedStyle(place).getPropertyValue(name).trim()
  const axis = {
    stroke: colour('--chart-quiet'),
    grid: { stroke: colour('--chart-line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      y: {
        range: [0, 100],
      },
    },
    axes: [axis, { ...axis, values: (_chart, values) => values.map((percent) => `${percent} %`) }],
    series: [{}, { stroke: colour('--chart-accent'), width: 2, points: { show: false } }],
  }
}
