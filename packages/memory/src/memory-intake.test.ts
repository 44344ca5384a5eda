import { ManualClock, registerIntakeContract } from '@freshet/testkit'
import { MemoryDatabase } from './memory-database.ts'
import { memoryStampStore, stampKey } from './memory-intake.ts'

registerIntakeContract('memory', async () => {
  const db = new MemoryDatabase()
  const clock = new ManualClock()
  return {
    store: memoryStampStore(db, clock),
    clock,
    backup: async () => {
      const saved = db.stamps.values()
      return async () => {
        for (const row of db.stamps.values()) db.stamps.delete(stampKey(row, row.id, row.partition))
        for (const row of saved) db.stamps.set(stampKey(row, row.id, row.partition), row)
      }
    },
    learn: async (stamp) => {
      const bytes = { key: null, value: null, headers: null }
      const row = { ...bytes, ...stamp, acknowledged: true }
      db.stamps.set(stampKey(stamp, stamp.id, stamp.partition), row)
    },
    age: (ms) => clock.advance(ms),
  }
})
