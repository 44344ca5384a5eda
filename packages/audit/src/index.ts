export { joinActivations, readEntries, type ReadEntry } from './activations.ts'
export type { IgnoredRecords } from './audit-heads.ts'
export type {
  AuditFilter,
  AuditReader,
  ListedEntry,
  StoredEntry,
  StoredStatus,
} from './audit-reader.ts'
export type { ChainFinding } from './chain-walk.ts'
export { AUDIT_KEPT_MS } from './retention.ts'
export {
  AUDIT_PRUNE_EVERY_MS,
  AUDIT_PRUNE_MAX,
  runSealing,
  SEAL_IDLE_MS,
  SEAL_TROUBLE_MS,
  type SealingContext,
} from './run-sealing.ts'
export {
  HEAD_ENTRIES,
  HEAD_EVERY_MS,
  KEPT_HEAD_EVERY_MS,
  SEAL_ENTRIES_MAX,
  sealOnce,
  type SealTerms,
} from './seal.ts'
export type {
  PendingEntry,
  SealedEntry,
  SealStep,
  SealStore,
  SealTransaction,
  SignedHead,
  StreamStatus,
} from './seal-store.ts'
export {
  AUDIT_LATE_MS,
  verifyAudit,
  type AuditReport,
  type StreamReport,
  type VerifyParts,
} from './verify-audit.ts'
