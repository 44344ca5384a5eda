export { postgresAssertionStore } from './authority/assertion-store.ts'
export { postgresMintStore } from './authority/mint-store.ts'
export { postgresTokenPartitions } from './authority/token-partitions.ts'
export { postgresValidationStore } from './authority/validation-look.ts'
export { isUniqueViolation } from './errors.ts'
export { migrate, migrationStatus, requireMigrated, type MigrationStatus } from './migrate.ts'
export { createDatabase, serverKind, type Database, type DatabaseOptions } from './pool.ts'
export type { Flights } from './flight.ts'
export type { Queryable, Rows, Statement } from './query.ts'
export { inTransaction, type TransactionOptions } from './transaction.ts'
export { postgresObservatoryStore } from './observatory/observatory-store.ts'
export { postgresReachStore } from './intake/reach-store.ts'
export { postgresSourceViewStore } from './intake/source-view.ts'
export { postgresStampStore } from './intake/stamp-store.ts'
export { postgresIncarnationStore } from './incarnation/incarnation-store.ts'
export {
  postgresForwardStore,
  postgresPublisherStore,
  type LoadedMap,
} from './publisher/publisher-store.ts'
export { postgresMarkStore } from './recorder/mark-store.ts'
export { postgresRecorderStore } from './recorder/recorder-store.ts'
export { postgresPruneStore } from './prune/prune-store.ts'
export { postgresVersionStore } from './policy/version-store.ts'
