import type { ExposureJson } from '@freshet/insight/answers'
import { printable } from '../printable.ts'

/**
 * The stale allows, route by route. A count of zero is printed, too; without any report the number is not
 * known.
 */
export function exposureText(exposure: ExposureJson): string {
  const { byEdge, notKnown } = exposure
  const lines = [
    headOf(exposure),
    ...byEdge.map(({ edge, route, requests }) => `  ${requests} by ${routeText(route)} at ${edge}`),
    ...(notKnown.length === 0
      ? []
      : [`  unknown, or for part of the time: ${notKnown.join(', ')}`]),
  ]
  return lines.map(printable).join('\n')
}

function headOf({ requests, errorMs, isLowerBound }: ExposureJson): string {
  const since = 'after the commit at the source'
  if (requests === null) return `requests allowed ${since}: unknown, no edge has reported`
  const least = isLowerBound ? 'at least ' : ''
  const were = requests === 1 ? 'request was' : 'requests were'
  const error = errorMs === null ? 'error of the clocks unknown' : `± ${errorText(errorMs)} ms`
  return `${least}${requests} ${were} allowed ${since} (${error}; clocks: source, edge)`
}

function errorText(errorMs: number): string {
  return errorMs < 10 ? String(Math.round(errorMs * 10) / 10) : String(Math.round(errorMs))
}

function routeText(route: string): string {
  return route === '-' ? 'a route without a name' : route
}
