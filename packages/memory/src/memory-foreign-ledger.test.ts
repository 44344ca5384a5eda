import { denialKey } from '@freshet/domain'
import { registerForeignLedgerContract } from '@freshet/testkit'
import { MemoryDatabase } from './memory-database.ts'
import { memoryForeignLedger } from './memory-foreign-ledger.ts'
import type { ChangeLogRow, WatermarkRow } from './memory-rows.ts'

registerForeignLedgerContract('memory', async () => {
  const database = new MemoryDatabase()
  const logKey = (id: string): string => JSON.stringify(['acme', 'hr', id, 1])
  return {
    ledger: memoryForeignLedger(database),
    plantWatermark: async (scopeKey, timeMs, change, timed) => {
      const by = timed === undefined ? null : { source: 'hr', change: timed, record: null }
      const row = { scopeKey, timeMs, source: 'hr', change, timed: by } as WatermarkRow
      database.watermarks.set(scopeKey, row)
    },
    plantDenial: async ({ tenant, kind, id }, change) => {
      const said = { tenant, kind, target: id, source: 'security', change, atMs: 0, record: null }
      database.denials.set(denialKey({ tenant, kind, id }), { ...said, recordedAtMs: 0 })
    },
    plantChange: async (id) => {
      const key = { tenant: 'acme', source: 'hr', id, partition: 1 }
      database.changeLog.set(logKey(id), { ...key, tokensMarked: 0 } as ChangeLogRow)
    },
    stale: async () =>
      database.foreignTokens
        .values()
        .filter(({ stale }) => stale !== null)
        .map(({ jti, stale }) => `${jti} ${stale?.reason} ${stale?.change}`)
        .sort(),
    markedBy: async (id) => database.changeLog.get(logKey(id))?.tokensMarked ?? 0,
  }
})
