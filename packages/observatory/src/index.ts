export {
  CONNECTED_WITHIN_MS,
  counts,
  oldestViewMs,
  STALE_VIEW_MS,
  standingOf,
  type EdgeStanding,
} from './edge-standing.ts'
export {
  createObservatory,
  type EdgeView,
  type Observatory,
  type ObservatoryParts,
  type SubjectView,
} from './observatory.ts'
export type {
  EdgeApply,
  KnownEdge,
  LedgerToken,
  LoggedChange,
  ObservatoryStore,
  TightenedQuestion,
} from './observatory-store.ts'
export type {
  FeedProgress,
  PartitionProgress,
  PartitionView,
  PipelineRows,
  PipelineView,
  SourceStanding,
  SourceView,
} from './pipeline.ts'
export { timelineOf, type ClockName, type EdgeStep, type Step, type Timeline } from './timeline.ts'
export type {
  EvidenceStore,
  HeldToken,
  HolderCursor,
  HolderPage,
  HolderQuestion,
  IssuedToken,
  OutstandingQuestion,
  OutstandingTokens,
  TokensQuestion,
} from './evidence-store.ts'
export { EVIDENCE_ROWS, type Control, type EvidenceRule } from './evidence/evidence-rows.ts'
export type { EvidenceVerdict, Figure } from './evidence/figure.ts'
export {
  gatherMeasurements,
  type CountingVersion,
  type GatherParts,
} from './evidence/gather-measurements.ts'
export { judgeEvidence, type EvidenceRow } from './evidence/judge-evidence.ts'
export type {
  AuditFigures,
  DecisionFigures,
  KeyFigures,
  Measurements,
  Reach,
  TokenFigures,
  TokenLives,
} from './evidence/measurements.ts'
export { SourceWatch } from './source-watch.ts'
