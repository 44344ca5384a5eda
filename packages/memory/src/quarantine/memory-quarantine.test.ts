import { registerQuarantineContract } from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryForwardStore } from '../publisher/memory-publisher.ts'
import { memoryQuarantineStore } from './memory-quarantine.ts'
import { memoryRecorderStore, memoryRehearsalStore } from '../recorder/memory-recorder.ts'

registerQuarantineContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    recorder: memoryRecorderStore(database),
    rehearsals: memoryRehearsalStore(database),
    store: memoryQuarantineStore(database),
    forward: memoryForwardStore(database),
    audit: async () =>
      database.auditPending
        .values()
        .map(({ text }) => text)
        .filter((text) => text.includes('"quarantine-')),
    changes: async () =>
      database.changeLog
        .values()
        .filter(({ source }) => source !== 'freshet')
        .map(({ partition, id, outcome }) => `${partition} ${id} ${outcome}`)
        .sort(),
  }
})
