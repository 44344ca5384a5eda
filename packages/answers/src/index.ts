export type { AuditAnswer, AuditEntry } from './audit.ts'
export type { Change, ChangesAnswer, EdgeStep, Exposure, Subject, Timeline } from './change.ts'
export type { EvidenceAnswer, EvidenceRowAnswer } from './evidence.ts'
export type { LatencyAnswer, LatencySpan, LatencyStage } from './latency.ts'
export type { LiveChange, LiveEdge, LiveGap, LiveSlo } from './live.ts'
export type { Behind, Edge, EdgeHistory, EdgesAnswer, Lag } from './loop.ts'
export type {
  ClearAnswer,
  Decided,
  DropAnswer,
  InDoubt,
  Ordered,
  Parked,
  ParkedDetail,
  ParkedList,
  Place,
  RawRecord,
  ReplayAnswer,
} from './parked.ts'
export type {
  OutstandingAnswer,
  RegistryAnswer,
  RegistryEntry,
  ShownDifference,
  UsageAnswer,
  VersionAnswer,
} from './registry.ts'
export type {
  BlindEdge,
  Burned,
  MeasuredChange,
  Slo,
  SloAnswer,
  SlosAnswer,
  SloSpan,
} from './slo.ts'
export type { LoggedOut, LoginWays, Session } from './session.ts'
export type { Probe, Status } from './standing.ts'
export type {
  ChangeTokens,
  HeldToken,
  Holders,
  Issuance,
  SubjectView,
  TokenMark,
  TokenView,
  Verdict,
} from './token.ts'
