import { changePartitions, PARTITIONS, type Change } from '@freshet/protocol'
import {
  CHANGES_TOPIC,
  encodeChange,
  quarantinedIdOf,
  quarantineRecord,
  QUARANTINE_TOPIC,
  stampRecord,
  type LogReader,
  type LogRecord,
} from '@freshet/wire'
import type { MemoryDatabase } from '@freshet/memory'
import { TEST_MAC_KEY } from '@freshet/testkit'

/** Hash of the registry that is active in every partition. */
export const ACTIVE_HASH = 'own'

/** The records that were quarantined before a test: rows and the bytes behind them. */
export interface QuarantinedBefore {
  readonly reader: Pick<LogReader, 'read'>
  /** Quarantines a rightly stamped change, as if no proof had been valid then; returns its name. */
  quarantine(change: Change): string
}

/** Returns a quarantine topic in memory, and rows in the database. */
export function quarantinedBefore(
  database: MemoryDatabase,
  nowMs: () => number,
): QuarantinedBefore {
  const topic: LogRecord[] = []
  return {
    reader: {
      read: async (_topic, _partition, from) => topic.filter((each) => each.offset === from),
    },
    quarantine(change) {
      activateEverywhere(database)
      const [partition = 0] = changePartitions(change)
      const made = stampRecord(encodeChange(change), { partition, number: 1n }, TEST_MAC_KEY)
      const at = { partition, offset: BigInt(topic.length), appendedAtMs: nowMs() }
      const found = { ...made, ...at, topic: CHANGES_TOPIC }
      const code = 'event.unauthentic'
      const rule = 'no key vouches for it'
      topic.push({ ...quarantineRecord(found, { code, rule }), ...at, topic: QUARANTINE_TOPIC })
      const id = quarantinedIdOf(found)
      const place = { e: 1n, offset: at.offset, atMs: at.appendedAtMs }
      database.quarantine.set(id, {
        id,
        topic: CHANGES_TOPIC,
        partition,
        first: place,
        last: place,
        arrivals: 1,
        code,
        rule,
        tenant: null,
        source: change.source,
        change: null,
        bytes: 100,
        stands: {
          partition,
          offset: at.offset,
        },
        state: 'open',
        replays: 0,
        sent: null,
        outcome: null,
        decided: null,
      })
      return id
    },
  }
}

function activateEverywhere(database: MemoryDatabase): void {
  for (const partition of PARTITIONS) {
    const row = { e: 1n, nextOffset: 0n, lastHash: null, minimumPv: 0 }
    const active = { activePv: 1, activeHash: ACTIVE_HASH }
    if (database.progress.get(String(partition)) === undefined)
      database.progress.set(String(partition), { partition, ...row, ...active })
  }
}
