import { decodeAuditEntry } from '@freshet/wire'
import { registerVersionContract } from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryVersionStore } from './memory-versions.ts'

registerVersionContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    stores: [memoryVersionStore(database), memoryVersionStore(database)],
    audited: async () =>
      database.auditPending
        .values()
        .map(({ text }) => decodeAuditEntry(text))
        .map((entry) => `${entry?.kind} ${entry?.ref} ${entry?.by}`),
    goBy: async (partition, { pv, hash }) => {
      const untouched = { e: 1n, nextOffset: 0n, lastHash: null, minimumPv: 0 }
      const row = { partition, ...untouched, activePv: pv, activeHash: hash }
      database.progress.set(String(partition), row)
    },
  }
})
