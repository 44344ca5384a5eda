import { createHash } from 'node:crypto'
import type { AuditEntry, AuditFact } from './audit-entry.ts'

/** A read of claim values of a subject by an admin. */
export interface SubjectRead {
  readonly tenant: string
  /** Key of the subject. The entry has only its digest. `null`: many subjects, or an unknown one. */
  readonly subject: string | null
  /** The name of the admin. */
  readonly by: string
  readonly atMs: number
  /** Which answer was read, and for which audience. */
  readonly detail: Readonly<Record<string, AuditFact>>
}

/**
 * Returns the entry of a read of claim values. Its `ref` is the digest of the subject's key: a party that knows the
 * name can find the reads, and the name cannot be read out of it.
 */
export function subjectReadEntry({ tenant, subject, by, atMs, detail }: SubjectRead): AuditEntry {
  const ref =
    subject === null ? '*' : `sha256:${createHash('sha256').update(subject).digest('hex')}`
  return { kind: 'subject-read', atMs, tenant, ref, by, detail }
}
