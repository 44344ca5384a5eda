export * from './incarnation/verify-incarnation.ts'
export * from './publish/forwarder.ts'
export { createPublishTicker, type PublishTicker } from './publish/publish-ticker.ts'
export * from './publish/checkpoint-keys.ts'
export * from './publish/partition-publisher.ts'
export * from './publish/publisher-parts.ts'

export * from './publish/publisher-store.ts'

export { untilNext } from './recurrence.ts'
export * from './quiet-rests.ts'
export * from './publish/wake-up.ts'
export { type MarkLimit, type MarkedStep, type MarkStore } from './mark/run-marking.ts'
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
export * from './record/recorder-store.ts'
export { PAUSE_MAX_MS, PAUSE_MIN_MS } from './record/recording-pause.ts'
export {
  recordingTurns,
  SUBJECT_BATCHES_MAX,
  type RecordingTurn,
  type RecordingTurns,
} from './record/recording-turns.ts'
export * from './record/run-partition.ts'
export { runWalks, WALK_IDLE_MS, type WalkLoop } from './record/run-walks.ts'
export * from './quarantine/run-counting.ts'
export { runCountingDoubts } from './quarantine/run-counting-doubts.ts'
export * from './quarantine/in-doubt.ts'
export * from './quarantine/replay-budget.ts'
export * from './quarantine/drop-record.ts'
export * from './quarantine/quarantine-store.ts'

export * from './quarantine/replay-record.ts'

export * from './prune/run-pruning.ts'
export {
  type ForeignCursor,
  type MarkedForeign,
  type ForeignLedger,
} from './issuances/run-issuances.ts'
export { runIssuances, type IssuanceParts } from './issuances/run-issuances.ts'
