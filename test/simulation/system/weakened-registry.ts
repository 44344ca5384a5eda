import { isHeartbeatRecord } from '@freshet/wire'
import type { LogReader, LogRecord } from '@freshet/wire'
import type { HeldFeed, Registry } from '@freshet/protocol'
import type { RecorderStore } from '@freshet/reconciler'
import { withDecision } from './weakened-recorder.ts'

/** Rule 32: an activation leaves nothing in doubt, whatever moved or came back with it. */
export function nothingDoubted(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) =>
    decision.activated === null ? decision : { ...decision, doubts: [] },
  )
}

/** Rule 32: a snapshot that began before an activation counts for what moved with it. */
export function openMeanwhile(store: RecorderStore): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work, isShared = false) =>
      store.inPartition(
        partition,
        (tx) => {
          const before = new Map<string, HeldFeed>()
          return work({
            ...tx,
            async load(needed) {
              const state = await tx.load(needed)
              for (const [key, held] of state.feeds) before.set(key, held)
              return state
            },
            save(batch) {
              const { decision } = batch
              if (decision.activated === null) return tx.save(batch)
              const feeds = decision.feeds.map((held) => {
                const was = [...before.values()].find(
                  (each) => each.tenant === held.tenant && each.source === held.source,
                )
                return was === undefined ? held : { ...held, statements: was.statements }
              })
              return tx.save({ ...batch, decision: { ...decision, feeds } })
            },
          })
        },
        isShared,
      ),
  }
}

/** Rule 32: a snapshot begins whose state is older than the activation that gave its source something. */
export function olderStates(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    policy: { ...decision.policy, given: new Map() },
  }))
}

/** Rule 20: a withdrawn value for a partner that left meanwhile is refused, as a grant is. */
export function partnerWithdrawalRefused(registry: Registry): Registry {
  const sources = [...registry.sources].map(([id, source]) => {
    const hasLeft = id === 'iga' && source.onBehalfOf.length === 0
    return [id, hasLeft ? { ...source, versions: 'element' as const } : source] as const
  })
  return { ...registry, sources: new Map(sources) }
}

/** A time in the future counts: heartbeats were appended later than any time that they can name. */
export function anyTimeCounts(reader: LogReader): LogReader {
  const later = (record: LogRecord): LogRecord =>
    isHeartbeatRecord(record) ? { ...record, appendedAtMs: Number.MAX_SAFE_INTEGER } : record
  return {
    bounds: (...args) => reader.bounds(...args),
    read: async (...args) => (await reader.read(...args)).map(later),
    follow: (topic, from, follower, signal) =>
      reader.follow(
        topic,
        from,
        {
          ...follower,
          onRecords: (partition, records, end) =>
            follower.onRecords(partition, records.map(later), end),
        },
        signal,
      ),
  }
}
