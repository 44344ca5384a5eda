export {
  acceptChanges,
  CHANGES_PER_CALL_MAX,
  type Acceptance,
  type AcceptedPosition,
} from './accept-changes.ts'
export { acceptHeartbeat, type SourceHeartbeatRequest } from './accept-heartbeat.ts'
export {
  acceptHeartbeats,
  type SourceHeartbeatsRequest,
  type TenantHeartbeat,
} from './accept-heartbeats.ts'
export { activateRegistry, type PolicyToActivate } from './activate-registry.ts'
export { EVENT_AHEAD_MAX_MS } from './check-change.ts'
export { guardOf, requireConfirmed, type CutOffGuard, type GuardParts } from './cut-off-guard.ts'
export type { IntakeContext } from './context.ts'
export {
  createDirectSource,
  type DirectSource,
  type DirectSourceOptions,
  type SourceNumbers,
} from './direct-source.ts'
export { createIntake, type Intake, type IntakeOptions } from './intake.ts'
export {
  acceptOwnChange,
  checkOwnChange,
  ownChangeId,
  type AcknowledgedChange,
  type OwnChange,
  type OwnStatement,
} from './own-change.ts'
export { ProducerTurns, type Wanted } from './producer-turns.ts'
export { REMEMBERED_MAX_MS, ReplayCache, type UsedOnce } from './replay-cache.ts'
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
  type RequestKind,
  type SourceLimits,
} from './source-budgets.ts'
export type { SourceLatency } from './source-latency.ts'
export { sourceSequence, type SourceSequence } from './source-sequence.ts'
export {
  HOLES_MAX,
  LATENCY_SAMPLES_MAX,
  REFUSED_SHOWN_MAX,
  sourceStatus,
  type PartitionStanding,
  type SourceStatus,
  type SourceStatusParts,
} from './source-status.ts'
export { MISSED_SHOWN_MAX, type StatementStanding } from './statement-standing.ts'
export type { Reach, ReachQuestion, ReachStore } from './reach-store.ts'
export type {
  ContradictedAt,
  ContradictedCount,
  MissedAt,
  MissedCount,
  MissedQuestion,
  RecordedFeed,
  RefusedAt,
  SourceViewStore,
} from './source-view-store.ts'
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
} from './stamp-store.ts'
export {
  eraseSubject,
  type ErasureOrder,
  type ErasureOutcome,
  type ErasureParts,
  type ErasureStore,
} from './erasure.ts'
export { LEFTOVER_AGE_MS, sweep, SWEEP_INTERVAL_MS, WHOLE_SWEEP_MS } from './sweep.ts'
export {
  keepSourceUses,
  UsedAssertions,
  type SourceUse,
  type SourceUseStore,
} from './used-assertions.ts'
