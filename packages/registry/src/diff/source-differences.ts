import { connectionJson, type Source, type SourceConnection } from '@freshet/protocol'
import {
  differencesIn,
  otherwise,
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
    ...differencesIn('connect', before.connections ?? NONE, after.connections ?? NONE, {
      gone: (_, at, tenant) =>
        otherwise(`${place}${at}`, `${what} has no upstream system for ${tenant}`),
      added: ({ kind }, at, tenant) =>
        otherwise(`${place}${at}`, `${what} reads ${kind} for ${tenant}`),
      changed: (was, is, at, tenant) => connectionChanged([was, is], `${place}${at}`, tenant),
    }),
  ]
}

const NONE: ReadonlyMap<string, SourceConnection> = new Map()

function connectionChanged(
  [before, after]: readonly [SourceConnection, SourceConnection],
  place: string,
  tenant: string,
): readonly PolicyDifference[] {
  const [was, is] = [connectionJson(before), connectionJson(after)]
  const what = `the upstream system of ${after.kind} for ${tenant}`
  return otherMembers(Object.keys(is), { before: was, after: is }, { what, place })
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
