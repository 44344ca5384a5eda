import { ManualClock, registerIntakeContract } from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryStampStore } from './memory-intake.ts'
import { learnStamp } from '../recorder/memory-recorder-evidence.ts'
import { memorySourceViewStore } from './memory-source-view.ts'

registerIntakeContract('memory', async () => {
  const db = new MemoryDatabase()
  const clock = new ManualClock()
  return {
    store: memoryStampStore(db, clock),
    view: memorySourceViewStore(db),
    clock,
    backup: async () => db.backup(),
    learn: async (stamp) => learnStamp(db, { ...stamp, createdAtMs: clock.nowMs() }),
    age: (ms) => clock.advance(ms),
  }
})
