import { UNTOUCHED_ACCOUNT } from '@freshet/protocol'
import { encodeAuditEntry } from '@freshet/wire'
import { registerEvidenceContract } from '@freshet/testkit'
import { memoryMintStore } from '../authority/memory-authority.ts'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryEvidenceStore } from './memory-evidence.ts'

registerEvidenceContract('memory', async () => {
  const database = new MemoryDatabase()
  return {
    evidence: memoryEvidenceStore(database),
    mint: memoryMintStore(database),
    // Here tokens are not moved.
    retire: async () => {},
    seedAccount: async (key, state) => {
      const [tenant = '', iss = '', sub = ''] = JSON.parse(key) as string[]
      const version = { epoch: 0n, n: 1n }
      const held = { ...UNTOUCHED_ACCOUNT, state, source: 'hr', version }
      database.accounts.set(key, { subject: { tenant, iss, sub }, state: held })
    },
    seedSealed: async (entries) => {
      for (const [at, entry] of entries.entries()) {
        const { kind, tenant, ref, atMs } = entry
        const found = { stream: 'tokens' as const, n: BigInt(at + 1), hash: '', kind, tenant, ref }
        const row = { ...found, atMs, text: encodeAuditEntry(entry) }
        database.auditEntries.set(String(at), row)
      }
    },
  }
})
