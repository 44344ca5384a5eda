export type { Change, ChangesAnswer, EdgeStep, Exposure, Subject, Timeline } from './change.ts'
export type { Behind, Edge, EdgesAnswer, Lag, Slo, SlosAnswer } from './loop.ts'
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
