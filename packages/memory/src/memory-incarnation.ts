import { forgetThrough, invariant } from '@freshet/domain'
import type { IncarnationStore } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'

/** Positions in process. */
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
      database.transaction(() => {
        const rows = database.progress.values()
        if (rows.some(({ e }) => e !== from)) return Promise.resolve()
        for (const row of rows) {
          const nextOffset = earliest.get(row.partition) ?? 0n
          const raised = { ...row, e: to, nextOffset, lastHash: null }
          database.progress.set(String(row.partition), raised)
        }
        for (const row of database.feeds.values()) {
          const key = JSON.stringify([row.tenant, row.source, row.partition])
          database.feeds.set(key, { ...row, feed: forgetThrough(row.feed) })
        }
        return Promise.resolve()
      }),
  }
}
