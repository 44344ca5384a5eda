import {
  memoryForwardStore,
  memoryQuarantineStore,
  memoryRecorderStore,
  memoryRehearsalStore,
  type MemoryDatabase,
} from '@freshet/memory'
import { quarantineWorld, type QuarantineWorld } from '@freshet/testkit'

/** Returns recorder, quarantine and replay on one memory database. */
export function quarantineOnMemory(database: MemoryDatabase): Promise<QuarantineWorld> {
  return quarantineWorld(async () => ({
    recorder: memoryRecorderStore(database),
    rehearsals: memoryRehearsalStore(database),
    store: memoryQuarantineStore(database),
    forward: memoryForwardStore(database),
    changes: async () => database.changeLog.values().map(({ id, outcome }) => `${id} ${outcome}`),
    audit: async () => [],
  }))
}
