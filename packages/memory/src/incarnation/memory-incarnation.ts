import { forgetThrough, invariant, PARTITIONS } from '@freshet/protocol'
import type { IncarnationStore } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import { progressLock } from '../recorder/memory-recorder.ts'

/** Creates the store of positions and incarnations in process. */
export function memoryIncarnationStore(database: MemoryDatabase): IncarnationStore {
  return {
    remembered(partition) {
      const row = database.progress.get(String(partition))
      invariant(row, `Partition ${partition} has no progress row.`)
      const { e, nextOffset, lastHash } = row
      const head = database.publishers.get(String(partition))?.head?.offset ?? null
      return Promise.resolve({ e, nextOffset, lastHash, head })
    },
    raise: ({ from, to, earliest }) =>
      database.statements(PARTITIONS.map(progressLock), async (atCommit) => {
        const rows = database.progress.values()
        if (rows.some(({ e }) => e !== from)) return
        atCommit(() => raiseAll(database, to, earliest))
      }),
  }
}

function raiseAll(
  database: MemoryDatabase,
  e: bigint,
  earliest: ReadonlyMap<number, bigint>,
): void {
  for (const row of database.progress.values()) {
    const nextOffset = earliest.get(row.partition) ?? 0n
    database.progress.set(String(row.partition), { ...row, e, nextOffset, lastHash: null })
  }
  for (const row of database.feeds.values()) {
    const key = JSON.stringify([row.tenant, row.source, row.partition])
    database.feeds.set(key, { ...row, feed: forgetThrough(row.feed) })
  }
}
