import { EMPTY_CLAIM } from '@freshet/protocol'
import { registerPrefixContract } from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryPrefixStore } from './memory-prefixes.ts'

registerPrefixContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    store: memoryPrefixStore(database),
    seedChange: async (change) => {
      const row = { ...change, contentHash: 'h' }
      database.changeLog.set(JSON.stringify([change.id, change.partition]), row as never)
    },
    seedToken: async (jti) =>
      database.issuances.set(jti, { jti, tenant: 'acme', audience: 'payments' } as never),
    seedClaim: async (key, claim) => {
      const [tenant = '', iss = '', sub = ''] = JSON.parse(key) as string[]
      const held = { subject: { tenant, iss, sub }, claim, source: 'hr', partition: 1 }
      database.claimStates.set(JSON.stringify([key, claim]), { ...held, state: EMPTY_CLAIM })
    },
    seedQuarantined: async (id) => database.quarantine.set(id, { id, state: 'open' } as never),
    seedEntry: async (ref) =>
      database.auditEntries.set(String(database.auditEntries.values().length), { ref } as never),
  }
})
