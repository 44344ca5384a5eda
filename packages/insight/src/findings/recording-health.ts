import { errorCodes } from '@freshet/protocol'
import type { Behind } from '../answers/loop.ts'
import { ALERT_LIMITS } from '../slo/alerts.ts'
import type { Fault, FindingRule } from './finding-rule.ts'
import { isConnected } from './edge-health.ts'
import { oldestOf, PUBLISHED_WITHIN_MS, unpublished } from './publishing-health.ts'
import { countOf, spanOf } from './words.ts'

/** More records than this are a backlog, not the traffic of a moment. */
const RECORDS_MAX = 1_000n

const WAITS = 'changes can wait unnoticed'
const RECORDING = { object: 'Recording', name: 'Recording' }
const LOG = 'see the reconciler’s log for “partition pauses” and its reason'

/** Findings about the way of a change into the database, and about lag as a time. */
export const recordingHealth: Readonly<
  Record<
    | 'recordingStopped'
    | 'partitionPaused'
    | 'neverRecorded'
    | 'lagUnknown'
    | 'recordsWait'
    | 'recordingLags'
    | 'edgeLags',
    FindingRule
  >
> = {
  recordingStopped: {
    alert: 'recordingStopped',
    weight: 'not-fresh',
    effect: 'no change takes effect, and every edge withdraws its trust within the lease',
    find: (figures) => {
      const all = figures.status?.partitions ?? []
      if (all.length === 0 || unpublished(figures, PUBLISHED_WITHIN_MS).length < all.length)
        return []
      const since = oldestOf(all)
      const what = `No reconciler has published a heartbeat since ${since ?? 'its start'}`
      const remedy =
        'check that a reconciler runs and reaches the broker and the database: `freshet doctor`'
      return [{ object: 'reconciler', what, since, remedy }]
    },
  },
  partitionPaused: {
    alert: 'partitionPaused',
    weight: 'not-fresh',
    effect:
      'changes and heartbeats of the partition wait: its sources become unverified, and all sources if it is partition 0',
    find: ({ status }) =>
      (status?.partitions ?? []).flatMap(({ partition, paused }) => {
        if (paused === undefined) return []
        const { offset, since, attempts, code, message } = paused
        const object = `Partition ${partition}`
        const what = `${object} is stuck at record ${offset} since ${since}, ${countOf(attempts, 'attempt')}: ${code}: ${message}`
        return [{ object, what, since, remedy: remedyOf(code) }]
      }),
  },
  neverRecorded: {
    alert: null,
    weight: 'not-fresh',
    effect: WAITS,
    find: ({ status }) =>
      status?.partitions.length === 0
        ? [
            {
              object: 'reconciler',
              what: 'No reconciler has run yet',
              remedy: 'start a reconciler: `freshet serve reconciler`',
            },
          ]
        : [],
  },
  lagUnknown: {
    alert: null,
    weight: 'not-fresh',
    effect: WAITS,
    find: ({ status }) => {
      const partitions = status?.partitions ?? []
      // The end of a partition that the topic lacks is unknown as well, and its pause names the topic.
      if (!partitions.some(({ lag, paused }) => lag === null && paused === undefined)) return []
      const what = 'The broker does not report the ends of its topics'
      return [{ object: 'broker', what, remedy: 'see the check “broker” of `freshet doctor`' }]
    },
  },
  recordsWait: {
    alert: null,
    weight: 'not-fresh',
    effect: 'revocations are late by the time that these records take',
    find: ({ status }) =>
      (status?.partitions ?? [])
        .filter(({ lag }) => BigInt(lag ?? 0) > RECORDS_MAX)
        .map(({ partition, lag }) => {
          const object = `Partition ${partition}`
          return { object, what: `${object} has a lag of ${lag} records`, remedy: LOG }
        }),
  },
  recordingLags: {
    alert: 'timeLag',
    weight: 'not-fresh',
    effect: 'changes wait before they are recorded',
    find: ({ lag }) => lagging(RECORDING, mostBehind(lag?.recording ?? [])?.behindMs),
  },
  edgeLags: {
    alert: 'timeLag',
    weight: 'not-fresh',
    effect: 'that edge applies revocations late',
    find: ({ lag, edges }) => {
      // The lag is measured less often than edges are seen.
      const gone = new Set(
        edges?.items.filter((each) => !isConnected(each)).map(({ edge }) => edge),
      )
      const connected = (lag?.edges ?? []).filter(
        (each) => isConnected(each) && !gone.has(each.edge),
      )
      const { edge: object = '', edges: count, behindMs } = mostBehind(connected) ?? {}
      const name = count === undefined ? object : `An edge of ${object}`
      return lagging({ object, name }, behindMs)
    },
  },
}

function mostBehind<Reader extends Pick<Behind, 'behindMs'>>(
  readers: readonly Reader[],
): Reader | undefined {
  return readers.toSorted((a, b) => (b.behindMs ?? 0) - (a.behindMs ?? 0))[0]
}

function lagging(
  { object, name }: { readonly object: string; readonly name: string },
  ms: number | null = 0,
): readonly Fault[] {
  if (ms === null || ms <= ALERT_LIMITS.lagMs) return []
  const what = `${name} lags by ${spanOf(ms)}`
  return [{ object, what, remedy: 'run `freshet lag` and `freshet doctor`' }]
}

/** The error of a pause has a remedy of its own. */
function remedyOf(code: string): string {
  const known = Object.entries(errorCodes).find(([each]) => each === code)
  return known?.[1].remedy ?? LOG
}
