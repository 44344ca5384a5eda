export type { EdgeStatus } from './answers/forms.ts'
export { CONNECTED_WITHIN_MS, counts, edgeStatusOf } from './edges/edge-status.ts'
export type { EdgeSigned, SigningVersion, SigningVersions } from './edges/edge-signed.ts'
export {
  FIGURES_WITHIN_MS,
  HealthWatch,
  judgeHealth,
  stateReader,
  type Health,
  type HealthVerdict,
  type ObservedState,
  type StateReader,
  type StateStore,
} from './health/index.ts'
export { ofGroup } from './edges/edge-groups.ts'
export { EDGES_PAGE_MAX, type EdgeQuestion } from './edges/edge-page.ts'
export { heldTokenJson } from './changes/change-effect.ts'
export {
  changeJson,
  isProbeChange,
  subjectJson,
  type LoggedChange,
} from './changes/logged-change.ts'
export {
  createObservatory,
  type EdgeViewPage,
  type FollowedChange,
  type Observatory,
  type ObservatoryParts,
  type RecentChanges,
} from './observatory.ts'
export type { ReportCounts } from './reports/follow-reports.ts'
export {
  REPORTS_MAX,
  type RecordedApply,
  type KnownEdge,
  type LatestApply,
  type LatestQuestion,
  type LedgerEntry,
  type NewlyRecorded,
  type ObservatoryStore,
  type EdgeSigner,
  type IgnoredReport,
  type ReceivedReport,
  type RecentQuestion,
  type TightenedQuestion,
} from './observatory-store.ts'
export type {
  FeedProgress,
  HiddenRows,
  PartitionPause,
  PartitionProgress,
  PipelinePartition,
  PipelineRows,
  PipelineView,
  SourceStatus,
  PipelineSource,
} from './pipeline/pipeline.ts'
export { timelineOf, type ClockName } from './changes/timeline.ts'
export type {
  NamedChange,
  NamedQuarantined,
  NamedToken,
  PrefixStore,
} from './evidence/prefix-store.ts'
export type {
  EvidenceStore,
  HeldToken,
  HolderCursor,
  HolderPage,
  HolderQuestion,
  RecordedToken,
  OutstandingQuestion,
  OutstandingTokens,
  TokensQuestion,
} from './evidence/evidence-store.ts'
export { EVIDENCE_ROWS, type Control, type EvidenceRule } from './evidence/evidence-rows.ts'
export type { EvidenceVerdict, Figure } from './evidence/figure.ts'
export {
  gatherMeasurements,
  type CountingVersion,
  type GatherParts,
} from './evidence/gather-measurements.ts'
export { judgeEvidence } from './evidence/judge-evidence.ts'
export type {
  AuditFigures,
  DecisionFigures,
  KeyFigures,
  Measurements,
  ChangeReach,
  TokenFigures,
  TokenLives,
  TransportFigures,
} from './evidence/measurements.ts'
export type { BrokenStep, ProbeMark, ProbeRun, ProbeStep } from './probe/probe-run.ts'
export type { ProbeAnswer, ProbeProgress, ProbeStage, ProbeWorld } from './probe/probe-world.ts'
export { progressOf } from './probe/progress-of.ts'
export { runProbe, type ProbeTerms } from './probe/run-probe.ts'
export { SourceWatch } from './pipeline/source-watch.ts'
export { COMPLETE_WITHIN_MS, completionOf, type Completion, type Known } from './sli/completion.ts'
export { closingLeaseMs } from './sli/closing-lease.ts'
export type { ChangeSample, EdgePair, MeasuredSample } from './sli/change-sample.ts'
export type { EdgeReach } from './sli/edge-reach.ts'
export { agesOfMinute, type EdgeMinute } from './sli/edge-minutes.ts'
export type { Ingested } from './sli/ingested.ts'
export { measureTurn, type MeasureParts, type TurnResult } from './sli/measure-turn.ts'
export type { OpenChange, RecordedChange, SampleOrigin } from './sli/origin.ts'
export { ReportHorizon } from './sli/report-horizon.ts'
export { originsOf, sloCounts, type Observation, type SloCount } from './sli/slo-counts.ts'
export type {
  ApplyOfChange,
  BlindEdge,
  OpenPlace,
  SampleQuestion,
  RecordedSpan,
  SliCursor,
  SliStatus,
  SliStep,
  SliStore,
  SliTurn,
  SloSpan,
  SloSum,
} from './sli/sli-store.ts'
export type {
  EdgeExposure,
  ExposedChange,
  EdgeStart,
  ExposureStore,
  NewExposure,
  UseDays,
  UsedSince,
} from './exposure/exposure-store.ts'
export { USAGE_DAYS_MAX, type RegistryUsage } from './exposure/registry-usage.ts'
export { SkewWatch } from './sli/skew-watch.ts'
export { sloStatuses, spansOf } from './sli/slo-report.ts'
export type { LatencyCell, LatencyMap, LatencyQuestion, StageSummary } from './sli/latency-map.ts'
