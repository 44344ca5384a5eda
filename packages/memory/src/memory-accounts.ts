import { createHash } from 'node:crypto'
import { subjectKey, type Subject } from '@freshet/domain'
import type { MemoryDatabase } from './memory-database.ts'
import type { AccountRow } from './memory-rows.ts'

/**
 * Returns the digest under which an erased subject is stored. A caller with the name can find the row, and
 * the row does not show the name.
 */
export function erasedName(key: string): string {
  return `erased:${createHash('sha256').update(key).digest('hex')}`
}

/** Returns the account of a subject, also of an erased one. */
export function accountRow({ accounts }: MemoryDatabase, subject: Subject): AccountRow | undefined {
  const key = subjectKey(subject)
  const row = accounts.get(key) ?? accounts.get(erasedName(key))
  return row && { ...row, subject }
}

/** Replaces an account. An erased subject gets its name again. */
export function putAccount({ accounts }: MemoryDatabase, row: AccountRow): void {
  const key = subjectKey(row.subject)
  accounts.delete(erasedName(key))
  accounts.set(key, row)
}
