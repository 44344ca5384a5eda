import { createHash } from 'node:crypto'
import { subjectKey, type Subject } from '@freshet/domain'
import type { MemoryDatabase } from './memory-database.ts'
import type { AccountRow } from './memory-rows.ts'

/** The name of an erased subject: with the name one finds it, and it does not show the name. */
export function erasedName(key: string): string {
  return `erased:${createHash('sha256').update(key).digest('hex')}`
}

/** The account of a subject, also where it was erased. */
export function accountRow({ accounts }: MemoryDatabase, subject: Subject): AccountRow | undefined {
  const key = subjectKey(subject)
  const row = accounts.get(key) ?? accounts.get(erasedName(key))
  return row && { ...row, subject }
}

/** Replaces an account. An erased subject gets a name again. */
export function putAccount({ accounts }: MemoryDatabase, row: AccountRow): void {
  const key = subjectKey(row.subject)
  accounts.delete(erasedName(key))
  accounts.set(key, row)
}
