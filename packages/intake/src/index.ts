export {
  acceptChanges,
  CHANGES_PER_CALL_MAX,
  type Acceptance,
  type AcceptedPosition,
} from './changes/accept-changes.ts'
export { acceptHeartbeat, type SourceHeartbeatRequest } from './heartbeats/accept-heartbeat.ts'
export {
  acceptHeartbeats,
  type SourceHeartbeatsRequest,
  type TenantHeartbeat,
} from './heartbeats/accept-heartbeats.ts'
export { activateRegistry, type PolicyToActivate } from './orders/activate-registry.ts'
export { EVENT_AHEAD_MAX_MS } from './changes/check-change.ts'
export {
  guardOf,
  requireConfirmed,
  type CutOffGuard,
  type GuardParts,
} from './orders/cut-off-guard.ts'
export type { IntakeContext } from './context.ts'
export {
  createDirectSource,
  type DirectSource,
  type DirectSourceOptions,
  type SourceNumbers,
} from './sources/direct-source.ts'
export { createIntake, type Intake, type IntakeOptions } from './intake.ts'
export {
  acceptOwnChange,
  checkOwnChange,
  ownChangeId,
  type AcknowledgedChange,
  type OwnChange,
  type OwnStatement,
} from './orders/own-change.ts'
export { ProducerTurns, type Wanted } from './stamps/producer-turns.ts'
export { REMEMBERED_MAX_MS, ReplayCache, type UsedOnce } from './sources/replay-cache.ts'
export {
  BURST_S,
  HEARTBEAT_TENANTS_PER_SECOND,
  HEARTBEAT_REQUESTS_PER_SECOND,
  HEARTBEATS_PER_SECOND,
  QUESTIONS_PER_SECOND,
  SOURCE_LIMITS,
  SourceBudgets,
  requestsWithin,
  type AdmittedEvents,
  type EventRoom,
  type RequestKind,
  type SourceLimits,
} from './sources/source-budgets.ts'
export type { SourceLatency } from './sources/source-latency.ts'
export { sourceSequence, type SourceSequence } from './sources/source-sequence.ts'
export {
  GAPS_MAX,
  LATENCY_SAMPLES_MAX,
  REFUSED_SHOWN_MAX,
  sourceStatus,
  type PartitionStatus,
  type SourceStatus,
  type SourceStatusParts,
} from './sources/source-status.ts'
export { MISSED_SHOWN_MAX, type StatementStatus } from './sources/statement-standing.ts'
export type { Reach, ReachQuestion, ReachStore } from './orders/reach-store.ts'
export type {
  ContradictedAt,
  ContradictedCount,
  MissedAt,
  MissedCount,
  MissedQuestion,
  RecordedFeed,
  RefusedAt,
  SourceViewStore,
} from './sources/source-view-store.ts'
export type {
  Feed,
  FeedPartition,
  FeedQuestion,
  FeedStatus,
  FeedTally,
  FeedTransaction,
  LandedRecord,
  NewStamp,
  NumberRange,
  PartitionTally,
  PendingRecord,
  StampedRow,
  StampStore,
  WaitingAge,
} from './stamps/stamp-store.ts'
export {
  eraseSubject,
  type ErasureOrder,
  type ErasureOutcome,
  type ErasureParts,
  type ErasureStore,
} from './orders/erasure.ts'
export {
  LEFTOVER_AGE_MS,
  produceLeftovers,
  LEFTOVER_INTERVAL_MS,
  ALL_LEFTOVERS_MS,
} from './orders/leftovers.ts'
export {
  keepSourceUses,
  UsedAssertions,
  type SourceUse,
  type SourceUseStore,
} from './sources/used-assertions.ts'
