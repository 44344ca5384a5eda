import { partitionOf, scopeKey, subjectKey, NO_VERSION, type Subject } from '@freshet/domain'
import { registerErasureContract, type StoredRow } from '@freshet/testkit'
import { accountRow, putAccount } from './memory-accounts.ts'
import { MemoryDatabase } from './memory-database.ts'
import { memoryErasureStore } from './memory-erasure.ts'
import type { IssuanceRow, TokenRow } from './memory-ledger-rows.ts'
import type * as stored from './memory-rows.ts'
import { accountOf } from './memory-said.ts'
import { MemoryTable } from './memory-table.ts'

/** Tables that the contract names as in Postgres. */
const NAMES: Readonly<Record<string, string>> = {
  accounts: 'account_state',
  changeLog: 'change_log',
  watermarks: 'watermark',
}
const source = 'hr'

registerErasureContract('memory', async () => {
  const database = new MemoryDatabase()
  const put: (subject: Subject, state: 'enabled' | 'disabled' | 'deleted') => void = (
    subject,
    state,
  ) =>
    putAccount(database, {
      subject,
      state: { state, version: NO_VERSION, deletedFloor: NO_VERSION },
    })
  return {
    store: memoryErasureStore(database),
    everywhere: [
      'account_state',
      'change_log',
      'claimStates',
      'contradictions',
      'doubts',
      'foreignTokens',
      'issuances',
      'missedChanges',
      'tokens',
      'watermark',
    ],
    plant: async (subject, change) => {
      plant(database, subject, change)
      put(subject, 'deleted')
    },
    plantShared: async (subject, actor) => {
      const shared = { jti: 'shared', subject: subjectKey(subject), actors: [subjectKey(actor)] }
      database.tokens.set('shared', shared as unknown as TokenRow)
    },
    putAccount: async (subject, state) => {
      if (state === undefined) database.accounts.delete(subjectKey(subject))
      else put(subject, state)
    },
    leaveUnpublished: async (id) => {
      const change = { tenant: 'acme', source, id }
      database.outbox.set(id, { change } as stored.OutboxRow)
    },
    accounts: async (subject) => [
      accountOf(database, subject)?.state,
      accountRow(database, subject)?.state.state,
    ],
    rows: async () => rowsOf(database),
    audited: async () => database.auditPending.values().map(({ text }) => text),
  }
})

/** Adds a row of the subject to every table that can name one, except that of accounts. */
function plant(database: MemoryDatabase, subject: Subject, id: string): void {
  const key = subjectKey(subject)
  const { tenant, sub } = subject
  const partition = partitionOf(subject)
  const bytes = Buffer.from(key)
  const change = { tenant, source, id, partition }
  const of = { subject, claim: 'groups' }
  const named = { ...of, subject: key, tenant }
  const scope = scopeKey({ kind: 'account', subject })
  database.claimStates.set(key, of as stored.ClaimStateRow)
  database.doubts.set(key, of as stored.DoubtRow)
  database.missedChanges.set(key, of as stored.MissedRow)
  database.contradictions.set(key, named as unknown as stored.ContradictionRow)
  database.foreignTokens.set(`foreign ${sub}`, of as unknown as stored.ForeignTokenRow)
  database.changeLog.set(id, { ...change, subject: key } as stored.ChangeLogRow)
  database.tokens.set(id, { jti: id, subject: key, actors: [] as string[] } as unknown as TokenRow)
  database.issuances.set(id, { jti: id, subject: key } as IssuanceRow)
  database.watermarks.set(scope, {
    scopeKey: scope,
    record: bytes,
  } as unknown as stored.WatermarkRow)
}

function rowsOf(database: MemoryDatabase): readonly StoredRow[] {
  return Object.entries(database).flatMap(([name, table]) => {
    if (!(table instanceof MemoryTable)) return []
    const rows = (table as MemoryTable<unknown>).entries()
    return rows.map((row) => ({ table: NAMES[name] ?? name, text: textOf(row) }))
  })
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    const isBytes =
      typeof value === 'object' && value !== null && 'type' in value && 'data' in value
    return isBytes ? Buffer.from(value.data as number[]).toString('hex') : value
  })
}
