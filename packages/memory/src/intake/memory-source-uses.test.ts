import { registerSourceUseContract } from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memorySourceUseStore } from './memory-source-uses.ts'

registerSourceUseContract('memory', () => {
  const database = new MemoryDatabase()
  return Promise.resolve([memorySourceUseStore(database), memorySourceUseStore(database)])
})
