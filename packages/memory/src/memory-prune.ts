import type { PruneStore } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'
import { translated } from './memory-recorder.ts'

/** Pruning in process. */
export function memoryPruneStore(database: MemoryDatabase): PruneStore {
  return {
    pruneWatermarks: (beforeMs, limit) =>
      translated(() =>
        database.transaction(() => {
          const old = database.watermarks
            .values()
            .filter((row) => row.raisedAtMs < beforeMs)
            .sort((a, b) => a.raisedAtMs - b.raisedAtMs)
            .slice(0, limit)
          for (const { scopeKey } of old) database.watermarks.delete(scopeKey)
          return Promise.resolve(old.length)
        }),
      ),
  }
}
