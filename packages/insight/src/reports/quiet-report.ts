import type { EdgeReport } from '@freshet/wire'

/**
 * Returns whether a report only repeats that its edge lives. Every other one is stored at once: an apply, an exposure,
 * the begin and the end of an edge, and a view that it cannot vouch for.
 */
export function isQuiet({ state, n, partitions, exposed = [], unverified }: EdgeReport): boolean {
  return (
    state === 'live' &&
    n !== 0 &&
    exposed.length === 0 &&
    (unverified === undefined || (!unverified.isOutOfView && unverified.sources.length === 0)) &&
    partitions.every(({ applies }) => applies.length === 0)
  )
}
