import {
  postgresAuditLog,
  postgresAuditReader,
  postgresEvidenceStore,
  postgresMintStore,
  postgresPrefixStore,
  postgresQuarantineStore,
  replicaAge,
  type Database,
} from '@freshet/postgres'
import { remoteBrokers, type KafkaSettings } from '@freshet/kafka/environment'
import { databasePlaintext, type DatabaseSettings } from '@freshet/runtime'
import type { ConsoleParts } from './console-parts.ts'

type Settings = Pick<KafkaSettings, 'brokers' | 'kafkaTls'> & Pick<DatabaseSettings, 'databaseUrl'>

/**
 * The data that the routes read of the database, the one that they write, and the connections to the stores. A replica
 * answers long lists. The record of one token is part of a verdict, and the primary has it.
 */
export function storeParts(
  database: Database,
  { brokers, kafkaTls, databaseUrl }: Settings,
  replica?: Database,
) {
  const remote = kafkaTls ? [] : remoteBrokers(brokers)
  const isClear = databasePlaintext(databaseUrl) !== undefined
  return {
    transport: { inClear: [...remote, ...(isClear ? ['Postgres'] : [])] },
    evidence: {
      ...postgresEvidenceStore(replica ?? database),
      issued: (jti) => postgresEvidenceStore(database).issued(jti),
    },
    subjects: postgresMintStore(database),
    quarantine: postgresQuarantineStore(database),
    audit: postgresAuditLog(database),
    auditReader: postgresAuditReader(replica ?? database),
    prefixes: postgresPrefixStore(replica ?? database),
    ...(replica !== undefined && { replicaAge: replicaAge(database, replica) }),
  } satisfies Partial<ConsoleParts>
}
