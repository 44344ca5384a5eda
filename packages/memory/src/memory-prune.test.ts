import { registerPruneContract } from '@freshet/testkit'
import { MemoryDatabase } from './memory-database.ts'
import { memoryPruneStore } from './memory-prune.ts'

registerPruneContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    store: memoryPruneStore(database),
    addWatermark(scopeKey, raisedAtMs) {
      database.watermarks.set(scopeKey, {
        scopeKey,
        tenant: 'acme',
        partition: 1,
        e: 1n,
        position: 1n,
        source: 'hr',
        change: 'c',
        timeMs: 0,
        raisedAtMs,
        record: null,
      })
      return Promise.resolve()
    },
    left: () =>
      Promise.resolve(
        database.watermarks
          .values()
          .map((row) => row.scopeKey)
          .sort(),
      ),
  })
})
