import type { Status } from '../answers/health.ts'
import { ALERT_LIMITS } from '../slo/alerts.ts'
import type { FindingRule, HealthFigures } from './finding-rule.ts'
import { countOf, timeMs } from './words.ts'

const ROWS_MAX = 1_000
/** A heartbeat is published once a second. */
export const PUBLISHED_WITHIN_MS = 5_000
/** Rows that were hidden are published once they are found: a person has an hour to see why. */
const HIDDEN_SHOWN_MS = 3_600_000

const NO_HEARTBEAT = 'edges get no heartbeat and withdraw trust within the lease'
const LOG = 'check that a reconciler runs, and search its log for “publishing failed, will retry”'

/** Findings about the way from the database to the revocation topic. */
export const publishingHealth: Readonly<
  Record<'publishingStopped' | 'outboxStuck' | 'outboxGrows' | 'rowsHidden', FindingRule>
> = {
  // It counts without rows too, because heartbeats are published in every partition.
  publishingStopped: {
    alert: 'publishingStopped',
    weight: 'not-fresh',
    effect: NO_HEARTBEAT,
    find: (figures) => {
      const late = unpublished(figures, PUBLISHED_WITHIN_MS)
      if (late.length === 0) return []
      const numbers = late.map(({ partition }) => partition).join(', ')
      const what = `Nothing was published within ${PUBLISHED_WITHIN_MS / 1000} s in partition ${numbers}`
      return [{ object: 'publisher', what, since: oldestOf(late), remedy: LOG }]
    },
  },
  // With a publisher at work, the oldest row is younger.
  outboxStuck: {
    alert: 'outboxStuck',
    weight: 'not-fresh',
    effect: NO_HEARTBEAT,
    find: (figures) => {
      const stuck = unpublished(figures, ALERT_LIMITS.outboxMs).filter(({ waiting }) => waiting > 0)
      if (stuck.length === 0) return []
      const what = `The outbox of ${countOf(stuck.length, 'partition')} is stuck`
      return [{ object: 'outbox', what, since: oldestOf(stuck), remedy: LOG }]
    },
  },
  outboxGrows: {
    alert: null,
    weight: 'degraded',
    effect: NO_HEARTBEAT,
    find: ({ status }) => {
      const rows = (status?.partitions ?? []).reduce((sum, { waiting }) => sum + waiting, 0)
      if (rows <= ROWS_MAX) return []
      const remedy = 'check that Kafka accepts writes, and read the reconciler’s log'
      return [{ object: 'outbox', what: `${rows} rows wait in the outbox`, remedy }]
    },
  },
  // It has no alert of its own: the rows are published by the time at which they are counted.
  rowsHidden: {
    alert: null,
    weight: 'degraded',
    effect: 'edges accepted stale tokens as fresh until these revocations were published',
    find: ({ status }) => {
      const sinceMs = timeMs(status?.measuredAt) - HIDDEN_SHOWN_MS
      return (status?.partitions ?? []).flatMap(({ partition, hidden }) => {
        if (hidden === undefined || timeMs(hidden.at) < sinceMs) return []
        const object = `Partition ${partition}`
        const what = `${countOf(hidden.rows, 'revocation')} of partition ${partition} waited unseen in the outbox until ${hidden.at}`
        const remedy =
          'set the sequences of this database above their tables, because a failover left them behind: docs/postgres.md'
        return [{ object, what, since: hidden.at, remedy }]
      })
    },
  },
}

/** Returns the time of the oldest last batch; absent if a partition never had one. */
export function oldestOf(partitions: Status['partitions']): string | undefined {
  const times = partitions.map(({ publishedAt }) => publishedAt)
  const [first] = times.toSorted((a, b) => timeMs(a) - timeMs(b))
  return times.includes(null) ? undefined : (first ?? undefined)
}

/** Returns the partitions without a published batch for this long. */
export function unpublished({ status }: HealthFigures, withinMs: number): Status['partitions'] {
  const sinceMs = timeMs(status?.measuredAt) - withinMs
  return (status?.partitions ?? []).filter(
    ({ publishedAt }) => publishedAt === null || timeMs(publishedAt) < sinceMs,
  )
}
