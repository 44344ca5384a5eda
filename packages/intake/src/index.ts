export * from './changes/accept-changes.ts'
export { acceptHeartbeat, type SourceHeartbeatRequest } from './heartbeats/accept-heartbeat.ts'
export * from './heartbeats/accept-heartbeats.ts'
export * from './orders/activate-registry.ts'
export { EVENT_AHEAD_MAX_MS } from './changes/check-change.ts'
export * from './orders/cut-off-guard.ts'
export type { IntakeContext } from './context.ts'
export * from './sources/direct-source.ts'
export * from './intake.ts'
export * from './orders/own-change.ts'
export * from './stamps/producer-turns.ts'
export * from './sources/replay-cache.ts'
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
export type { SourceLatency } from './sources/source-status.ts'
export * from './sources/source-sequence.ts'
export * from './sources/source-state.ts'
export {
  GAPS_MAX,
  LATENCY_SAMPLES_MAX,
  REFUSED_SHOWN_MAX,
  sourceStatus,
  type PartitionStatus,
  type SourceStatus,
  type SourceStatusParts,
} from './sources/source-status.ts'
export { MISSED_SHOWN_MAX, type StatementStatus } from './sources/source-status.ts'

export * from './sources/source-view-store.ts'
export * from './stamps/stamp-store.ts'
export * from './orders/erasure.ts'
export {
  LEFTOVER_AGE_MS,
  produceLeftovers,
  LEFTOVER_INTERVAL_MS,
  ALL_LEFTOVERS_MS,
} from './orders/leftovers.ts'
export * from './sources/used-assertions.ts'
