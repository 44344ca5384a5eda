import { registerEvidenceContract } from '@freshet/testkit'
import { memoryMintStore } from './memory-authority.ts'
import { MemoryDatabase } from './memory-database.ts'
import { memoryEvidenceStore } from './memory-evidence.ts'

registerEvidenceContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    evidence: memoryEvidenceStore(database),
    mint: memoryMintStore(database),
    // Here tokens stay where they are.
    retire: async () => {},
  }
})
