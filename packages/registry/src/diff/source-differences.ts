import type { Source } from '@freshet/protocol'
import {
  writtenDuration,
  missingFrom,
  otherMembers,
  tightensAtOnce,
  widens,
  type PolicyDifference,
} from './difference.ts'

/** @internal How a source differs. */
export function sourceDifferences(
  before: Source,
  after: Source,
  place: string,
): readonly PolicyDifference[] {
  const what = `source ${after.id}`
  return [
    ...leaseChanged(before, after, place),
    ...assertionsChanged(before, after, place),
    ...missingFrom(after.onBehalfOf, before.onBehalfOf).map((id) =>
      tightensAtOnce(`${place}/onBehalfOf`, `${what} can no longer send events for ${id}`),
    ),
    ...missingFrom(before.onBehalfOf, after.onBehalfOf).map((id) =>
      widens(`${place}/onBehalfOf`, `${what} can send events for ${id}`),
    ),
    ...otherMembers(
      [
        'owner',
        'contact',
        'keys',
        'ordering',
        'versions',
        'heartbeatMs',
        'snapshotRemovalShare',
        'removalLimit',
      ],
      { before, after },
      { what, place },
    ),
  ]
}

function leaseChanged(before: Source, after: Source, place: string): readonly PolicyDifference[] {
  if (before.leaseMs === after.leaseMs) return []
  const difference = after.leaseMs < before.leaseMs ? tightensAtOnce : widens
  const sentence =
    `the lease of source ${after.id} is ${writtenDuration(after.leaseMs)}, ` +
    `not ${writtenDuration(before.leaseMs)}`
  return [difference(`${place}/lease`, sentence)]
}

function assertionsChanged(
  before: Source,
  after: Source,
  place: string,
): readonly PolicyDifference[] {
  const isBound = after.assertions === 'bound'
  if ((before.assertions === 'bound') === isBound) return []
  const what = `assertions of source ${after.id}`
  return isBound
    ? [tightensAtOnce(`${place}/assertions`, `${what} must name their request`)]
    : [widens(`${place}/assertions`, `${what} need not name their request`)]
}
