import { CONTROL_PARTITION, partitionOf, subjectKey, type Subject } from '@freshet/domain'
import type { AuditEntry } from '@freshet/events'
import type { ErasureOutcome, ErasureStore } from '@freshet/intake'
import { accountRow, erasedName } from './memory-accounts.ts'
import { appendAudit } from './memory-audit.ts'
import type { MemoryDatabase } from './memory-database.ts'
import { progressLock } from './memory-recorder.ts'
import type { MemoryTable } from './memory-table.ts'
import { translated } from './translated.ts'

/**
 * Creates the erasure store in process. It takes the locks of the partitions that record changes of the
 * subject.
 */
export function memoryErasureStore(database: MemoryDatabase): ErasureStore {
  return {
    erase(subject, entryOf) {
      const locks = [CONTROL_PARTITION, partitionOf(subject)].map(progressLock)
      const alone = (): Promise<ErasureOutcome> =>
        database.transaction(() => Promise.resolve(erase(database, subject, entryOf)))
      return translated(() => database.statements(locks, alone))
    },
  }
}

function erase(
  database: MemoryDatabase,
  subject: Subject,
  entryOf: (rows: number) => AuditEntry,
): ErasureOutcome {
  const key = subjectKey(subject)
  const state = database.accounts.get(key)?.state.state
  if (state === undefined && !isKnown(database, key)) return { kind: 'unknown' }
  if (state !== 'deleted') return { kind: 'not-deleted' }
  if (isWaiting(database, key)) return { kind: 'unpublished' }
  const rows = eraseRows(database, subject)
  const erased = Object.values(rows).reduce((sum, count) => sum + count, 0)
  appendAudit(database, [entryOf(erased)])
  return {
    kind: 'erased',
    rows: Object.fromEntries(Object.entries(rows).filter(([, count]) => count > 0)),
  }
}

function isKnown({ claimStates, changeLog, issuances }: MemoryDatabase, key: string): boolean {
  return (
    claimStates.values().some(({ subject }) => subjectKey(subject) === key) ||
    changeLog.values().some(({ subject }) => subject === key) ||
    issuances.values().some(({ subject }) => subject === key)
  )
}

/** Returns whether a row would name the subject again, or is not published yet. */
function isWaiting({ changeLog, outbox, tokenMarks }: MemoryDatabase, key: string): boolean {
  const own = changeLog.values().filter(({ subject }) => subject === key)
  const isOwn = (
    change: NonNullable<ReturnType<typeof outbox.values>[number]['change']>,
  ): boolean =>
    own.some(
      ({ tenant, source, id }) =>
        tenant === change.tenant && source === change.source && id === change.id,
    )
  return (
    outbox.values().some(({ change }) => change !== null && isOwn(change)) ||
    tokenMarks.values().some(({ kind, target }) => kind === 'subject' && target === key)
  )
}

/** Deletes the rows of a subject. Its watermarks stay until no token is that old. */
function eraseRows(database: MemoryDatabase, subject: Subject): Readonly<Record<string, number>> {
  const key = subjectKey(subject)
  const isIt = (row: { readonly subject: Subject }): boolean => subjectKey(row.subject) === key
  const isNamed = (row: { readonly subject: string | null }): boolean => row.subject === key
  return {
    changes: replace(database.changeLog, isNamed, (row) => ({ ...row, subject: null })),
    claims: remove(database.claimStates, isIt),
    doubts: remove(database.doubts, isIt),
    missedChanges: remove(database.missedChanges, isIt),
    contradictions: remove(database.contradictions, isNamed),
    foreignTokens: remove(database.foreignTokens, isIt),
    issuances: remove(database.issuances, isNamed),
    tokens: remove(database.tokens, isNamed),
    actorsOfTokens: replace(
      database.tokens,
      ({ actors }) => actors.includes(key),
      ({ actors, ...row }) => ({
        ...row,
        actors: actors.map((actor) => (actor === key ? erasedName(key) : actor)),
      }),
    ),
    accounts: blankAccount(database, subject),
  }
}

/** Replaces the name of the account by its digest. The account stays deleted. */
function blankAccount(database: MemoryDatabase, subject: Subject): number {
  const key = subjectKey(subject)
  const row = accountRow(database, subject)
  if (row === undefined) return 0
  const sub = erasedName(key)
  database.accounts.delete(key)
  database.accounts.set(sub, { ...row, subject: { tenant: subject.tenant, iss: '', sub } })
  return 1
}

function remove<Row>(table: MemoryTable<Row>, isMeant: (row: Row) => boolean): number {
  const meant = table.entries().filter(([, row]) => isMeant(row))
  for (const [key] of meant) table.delete(key)
  return meant.length
}

function replace<Row>(
  table: MemoryTable<Row>,
  isMeant: (row: Row) => boolean,
  by: (row: Row) => Row,
): number {
  const meant = table.entries().filter(([, row]) => isMeant(row))
  for (const [key, row] of meant) table.set(key, by(row))
  return meant.length
}
