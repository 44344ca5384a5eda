import {
  postgresAuditLog,
  postgresAuditReader,
  postgresEvidenceStore,
  postgresQuarantineStore,
  type Database,
} from '@freshet/postgres'
import { remoteBrokers, type KafkaSettings } from '@freshet/kafka/environment'
import { databasePlaintext, type DatabaseSettings } from '@freshet/runtime'
import type { ConsoleParts } from './console-parts.ts'

/**
 * The data that the routes read of the database, the one that they write, and the connections to the stores.
 */
export function storeParts(
  database: Database,
  { brokers, kafkaTls, databaseUrl }: KafkaSettings & DatabaseSettings,
): Pick<ConsoleParts, 'evidence' | 'quarantine' | 'audit' | 'auditReader' | 'transport'> {
  const remote = kafkaTls ? [] : remoteBrokers(brokers)
  const isClear = databasePlaintext(databaseUrl) !== undefined
  return {
    transport: { inClear: [...remote, ...(isClear ? ['Postgres'] : [])] },
    evidence: postgresEvidenceStore(database),
    quarantine: postgresQuarantineStore(database),
    audit: postgresAuditLog(database),
    auditReader: postgresAuditReader(database),
  }
}
