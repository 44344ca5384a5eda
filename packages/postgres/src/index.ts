export { postgresAssertionStore } from './authority/assertion-store.ts'
export { appendAudit, postgresAuditLog } from './audit/append-audit.ts'
export { postgresAuditReader } from './audit/audit-reader.ts'
export { postgresSealStore } from './audit/seal-store.ts'
export { postgresMintStore } from './authority/mint-store.ts'
export { postgresTokenPartitions } from './authority/token-partitions.ts'
export { postgresValidationStore } from './authority/recheck.ts'
export { postgresErasureStore } from './erasure/erasure-store.ts'
export { isUniqueViolation } from './connection/errors.ts'
export {
  PROCESSES_WITH_LOGIN,
  planLogins,
  type DatabaseLogin,
  type DatabaseUser,
} from './schema/roles-sql.ts'
export {
  MIGRATION_APPLICATION,
  waitingMigrations,
  type WaitingMigrations,
} from './schema/blocking-sessions.ts'
export { migrate } from './schema/migrate.ts'
export { planMigration, type MigrationPlan, type PlannedStep } from './schema/migration-plan.ts'
export { migrationStatus, type MigrationStatus } from './schema/migration-status.ts'
export { requireMigrated } from './schema/require-migrated.ts'
export { rolesSql } from './schema/roles-sql.ts'
export type { StepEffect } from './schema/step-effects.ts'
export type { StepLimits } from './schema/migrate.ts'
export {
  createDatabase,
  serverKind,
  type Database,
  type DatabaseOptions,
} from './connection/pool.ts'
export type { Flights, Queryable, Rows, Statement } from './connection/query.ts'
export { replicaAge } from './connection/replica-age.ts'
export { requireOwnConnections } from './connection/require-own-connections.ts'
export type { DatabaseRole } from './connection/role.ts'
export type { Tenants } from './connection/tenant.ts'
export { rowSecurity, type RowSecurity } from './schema/row-security.ts'
export { inTransaction, type TransactionOptions } from './connection/transaction.ts'
export { postgresEvidenceStore } from './observatory/evidence-store.ts'
export { postgresObservatoryStore } from './observatory/observatory-store.ts'
export { postgresPrefixStore } from './observatory/prefix-store.ts'
export { postgresReachStore } from './intake/reach-store.ts'
export { postgresSourceViewStore } from './intake/source-view.ts'
export { postgresSourceStateStore } from './intake/source-state.ts'
export { postgresStampStore } from './intake/stamp-store.ts'
export { postgresIncarnationStore } from './incarnation/incarnation-store.ts'
export { postgresForwardTurn } from './publisher/forward-turn.ts'
export {
  postgresFloorStore,
  postgresForwardStore,
  postgresPublisherStore,
} from './publisher/publisher-store.ts'
export { postgresMarkStore } from './recorder/marks/mark-store.ts'
export { postgresRecorderStore, postgresRehearsalStore } from './recorder/recorder-store.ts'
export { postgresQuarantineStore } from './quarantine/quarantine-store.ts'
export { postgresPruneStore } from './prune/prune-store.ts'
export { postgresVersionStore } from './policy/version-store.ts'
export { databaseCheck } from './readiness/database-check.ts'
export { postgresForeignLedger } from './issuances/foreign-ledger.ts'
export { postgresSliStore } from './slis/sli-store.ts'
export { postgresSourceUseStore } from './intake/source-use-store.ts'
export { postgresScimStore } from './scim/scim-store.ts'
