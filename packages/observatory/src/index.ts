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
} from './evidence-store.ts'
