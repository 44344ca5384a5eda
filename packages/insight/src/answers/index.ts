export { answerForms } from './answer-forms.ts'
export { redactionOf } from './forms.ts'
export type { AuditAnswer, AuditEntryJson } from './audit.ts'
export type {
  ChangedJson,
  ChangeJson,
  ChangesAnswer,
  EdgeStepJson,
  ExposureJson,
  SubjectJson,
  TimelineJson,
} from './change.ts'
export type { EvidenceAnswer, EvidenceRowAnswer } from './evidence.ts'
export type { LatencyAnswer, LatencySpan, LatencyStageJson } from './latency.ts'
export type { LiveChange, LiveEdge, LiveGap, LiveSlo } from './live.ts'
export type { Behind, EdgeJson, EdgeHistory, EdgesAnswer, Lag } from './loop.ts'
export type {
  ClearAnswer,
  Decided,
  DecodedPart,
  DropAnswer,
  InDoubtJson,
  Ordered,
  QuarantinedJson,
  QuarantinedDetail,
  QuarantinedList,
  Place,
  RawRecord,
  ReplayAnswer,
} from './quarantined.ts'
export type {
  OutstandingAnswer,
  RegistryAnswer,
  RegistryDiffAnswer,
  RegistryDocumentAnswer,
  RegistryEntry,
  ShownDifference,
  UsageAnswer,
  VersionAnswer,
} from './registry.ts'
export type { FoundJson, SearchAnswer } from './search/search.ts'
export type {
  BlindEdgeJson,
  Burned,
  LetInJson,
  MeasuredChange,
  SloJson,
  SloAnswer,
  SlosAnswer,
  SloSpanJson,
} from './slo.ts'
export type { LoggedOut, LoginWays, SessionJson } from './session.ts'
export {
  HEALTH_STATES,
  type HealthAnswer,
  type HealthCause,
  type ObservedJson,
  type RefusedJson,
  type HealthState,
  type Probe,
  type Status,
} from './health.ts'
export type {
  ClaimOfSubjectJson,
  SourceStatementJson,
  SubjectStateJson,
  TokenPreviewJson,
} from './subjects/subject.ts'
export type {
  ChangeTokens,
  HeldTokenJson,
  Holders,
  IssuanceJson,
  SubjectViewJson,
  TokenMarkJson,
  TokenView,
  ExplainedVerdict,
} from './subjects/token.ts'
