import { ManualClock, registerObservatoryContract } from '@freshet/testkit'
import { MemoryDatabase } from './memory-database.ts'
import type { ChangeLogRow } from './memory-rows.ts'
import { memoryObservatoryStore } from './memory-observatory.ts'

registerObservatoryContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve({
    store: memoryObservatoryStore(database, new ManualClock()),
    seedChange(change) {
      const row = { ...change, contentHash: 'h' } as ChangeLogRow
      database.changeLog.set(JSON.stringify([row.tenant, row.source, row.id]), row)
      return Promise.resolve()
    },
  })
})
