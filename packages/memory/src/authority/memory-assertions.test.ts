import { registerAssertionContract } from '@freshet/testkit'
import { memoryAssertionStore } from './memory-assertions.ts'
import { MemoryDatabase } from '../memory-database.ts'

registerAssertionContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve([memoryAssertionStore(database), memoryAssertionStore(database)])
})
