export {
  type IncarnationStore,
  type Raise,
  type RememberedPlace,
} from './incarnation/incarnation-store.ts'
export {
  createIncarnationCheck,
  nextIncarnation,
  verifyIncarnation,
  type IncarnationParts,
} from './incarnation/verify-incarnation.ts'
export {
  FORWARD_IDLE_MS,
  forwardFloors,
  forwardOnce,
  runForwarder,
  type ForwarderParts,
  type ForwardFloors,
  type ForwardTurn,
} from './publish/forwarder.ts'
export { createPublishTicker, type PublishTicker } from './publish/publish-ticker.ts'
export { checkpointKeysOf, type CheckpointKeys } from './publish/checkpoint-keys.ts'
export { runPublisher } from './publish/partition-publisher.ts'
export type { PublisherParts } from './publish/publisher-parts.ts'
export {
  FLOOR_POLL_MS,
  pollFloors,
  pollOutbox,
  type FloorLookingParts,
  type LookingParts,
} from './publish/poll-outbox.ts'
export {
  type ForwardedRow,
  type ForwardRow,
  type FloorStore,
  type ForwardStore,
  type LiveRows,
  type PublishableRow,
  type PublishedRow,
  type PublisherStore,
  type RootStatus,
  type StoreHead,
} from './publish/publisher-store.ts'
export { rootTurns, type RootTurns } from './publish/root-turns.ts'
export { commonSleep } from './common-sleep.ts'
export { untilNext } from './recurrence.ts'
export {
  GIVE_WAY_MS,
  QUIET_REST_MS,
  quietRests,
  type QuietRests,
  type Rest,
} from './quiet-rests.ts'
export { createWakeUp, type WakeUp } from './publish/wake-up.ts'
export type { MarkedStep, MarkLimit, MarkStore } from './mark/mark-store.ts'
export {
  MARK_BREATH_MS,
  MARK_GATHER_MS,
  MARK_IDLE_MS,
  MARK_STEP_MARKS,
  MARK_STEP_ROWS,
  MARK_FULL_SCAN_MS,
  runMarking,
  type MarkContext,
} from './mark/run-marking.ts'
export { WALK_LIMITS } from './record/decide-loaded.ts'
export { recordShared } from './record/heartbeat-batcher.ts'
export { ALONE_ATTEMPTS, RECORDS_PER_TRANSACTION_MAX, recordBatch } from './record/record-batch.ts'
export {
  walkOnce,
  type CommittedBatch,
  type ReadPosition,
  type RecordContext,
  type RecordResult,
} from './record/record-transaction.ts'
export {
  type LoadedState,
  type OutboxEntry,
  type QuarantinedEntry,
  type RecordedBatch,
  type RecordedProgress,
  type RecorderStore,
  type RecorderTransaction,
  type RecordingPause,
  type WalkLimits,
  type WalkStep,
} from './record/recorder-store.ts'
export { PAUSE_MAX_MS, PAUSE_MIN_MS } from './record/recording-pause.ts'
export {
  recordingTurns,
  SUBJECT_BATCHES_MAX,
  type RecordingTurn,
  type RecordingTurns,
} from './record/recording-turns.ts'
export {
  runPartition,
  type IncarnationCheck,
  type PartitionLoop,
  type VerifiedPosition,
} from './record/run-partition.ts'
export { runWalks, WALK_IDLE_MS, type WalkLoop } from './record/run-walks.ts'
export {
  COUNT_EVERY_MS,
  runCounting,
  type CountingParts,
  type WaitingCount,
} from './quarantine/run-counting.ts'
export { runCountingDoubts } from './quarantine/run-counting-doubts.ts'
export { inDoubtOf, type InDoubt } from './quarantine/in-doubt.ts'
export { createReplayBudget, REPLAYS_LIMIT, type ReplayBudget } from './quarantine/replay-budget.ts'
export { dropRecord, type Dropped } from './quarantine/drop-record.ts'
export {
  DOUBTS_SHOWN_MAX,
  WAITING,
  type QuarantinedRecord,
  type QuarantinedCount,
  type QuarantinedCursor,
  type QuarantinedDecision,
  type QuarantinedEffects,
  type QuarantinedEnd,
  type QuarantinedFilter,
  type QuarantinedPlace,
  type QuarantineStore,
  type RehearsalStore,
} from './quarantine/quarantine-store.ts'
export { readOriginal } from './quarantine/read-original.ts'
export { rehearse, type Rehearsed, type RehearsalParts } from './quarantine/rehearse.ts'
export {
  findQuarantined,
  REPLAY_WAIT_MS,
  replayRecord,
  type ReplayOrder,
  type ReplayParts,
  type ReplayResult,
} from './quarantine/replay-record.ts'
export {
  inForceOf,
  type EndingDenials,
  type InForce,
  type PruneStore,
} from './prune/prune-store.ts'
export {
  CHANGES_KEPT_MS,
  ISSUANCES_KEPT_MS,
  QUARANTINED_KEPT_MAX,
  QUARANTINED_KEPT_MS,
  STAMPS_KEPT_MS,
  TOKEN_DENIALS_KEPT_MS,
} from './prune/retention.ts'
export {
  PRUNE_BREATH_MS,
  PRUNE_CHUNK_ROWS,
  PRUNE_IDLE_MS,
  runPruning,
  type PruneContext,
} from './prune/run-pruning.ts'
export type { ForeignCursor, ForeignLedger, MarkedForeign } from './issuances/foreign-ledger.ts'
export { runIssuances, type IssuanceParts } from './issuances/run-issuances.ts'
