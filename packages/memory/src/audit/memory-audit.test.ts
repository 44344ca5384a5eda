import { AUDIT_TOPIC } from '@freshet/wire'
import { registerAuditContract } from '@freshet/testkit'
import { memoryAuditLog, memoryAuditReader, memorySealStore } from './memory-audit.ts'
import { MemoryDatabase } from '../memory-database.ts'

registerAuditContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    log: memoryAuditLog(database),
    stores: [memorySealStore(database), memorySealStore(database)],
    reader: memoryAuditReader(database),
    outbox: async () => database.outbox.values().filter(({ topic }) => topic === AUDIT_TOPIC),
  }
})
