import {
  postgresAuditLog,
  postgresAuditReader,
  postgresEvidenceStore,
  postgresQuarantineStore,
  type Database,
} from '@freshet/postgres'
import type { ConsoleParts } from './console-parts.ts'

/** What the routes read of the database, and the one thing that they write. */
export function storeParts(
  database: Database,
): Pick<ConsoleParts, 'evidence' | 'quarantine' | 'audit' | 'auditReader'> {
  return {
    evidence: postgresEvidenceStore(database),
    quarantine: postgresQuarantineStore(database),
    audit: postgresAuditLog(database),
    auditReader: postgresAuditReader(database),
  }
}
