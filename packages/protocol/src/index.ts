export * from './claims/listed-values.ts'
export { type RemovalLimit, type RemovalWindow } from './guards/removal-guard.ts'
export { PATTERN_LENGTH_MAX } from './pattern/pattern.ts'
export {
  areSourcesOf,
  concernedBy,
  corroborated,
  counterpartOf,
  statedClaims,
} from './claims/stated-claims.ts'
export { namesStated, ownedClaims, statedIn, statedKindsOf } from './claims/stated-claims.ts'
export { statementsOf } from './claims/stated-claims.ts'
export {
  ACCOUNT_CLAIM,
  mergeAccount,
  raisesAccount,
  UNTOUCHED_ACCOUNT,
  type AccountState,
} from './changes/account-state.ts'
export {
  EDGE_REPORTED_WITHIN_MS,
  needsCutOffConfirmation,
  type CutOffSize,
} from './guards/cut-off-guard.ts'
export * from './sources/authority-of-source.ts'
export * from './changes/change.ts'
export * from './changes/change-partitions.ts'
export * from './changes/stated-state.ts'
export * from './clock.ts'
export {
  claimMapOf,
  claimsBehind,
  sourcesBehind,
  timedClaims,
  type ClaimMap,
  type MappedClaim,
  type MappedIssuer,
} from './claims/claim-map.ts'
export * from './claims/loaded-policy.ts'
export {
  EMPTY_CLAIM,
  joinClaims,
  mergeStatement,
  valueKey,
  valuesInForce,
  type ClaimState,
  type ClaimStatement,
  type Element,
  type ElementState,
} from './claims/claim-state.ts'
export * from './errors/error-codes.ts'
export * from './errors/error-entry.ts'
export * from './errors/error-status.ts'
export * from './errors/freshet-error.ts'
export {
  feedCondition,
  forgetThrough,
  observeNumber,
  SILENT_FEED,
  type FeedState,
} from './position/feed.ts'
export * from './sources/foreign-ledger.ts'
export * from './judge/judge.ts'
export * from './judge/knowledge.ts'
export * from './keys/plan-rotation.ts'
export {
  isPublished,
  keyStates,
  signingKey,
  signingKeyAgeMs,
  type KeyState,
  type TimedKey,
} from './keys/timed-key.ts'
export * from './mint/claims-now.ts'
export * from './mint/born-stale.ts'
export * from './mint/decide-mint.ts'
export * from './mint/scopes-to-grant.ts'
export type * from './mint/mint-snapshot.ts'
export * from './mint/source-lease.ts'
export * from './reconcile/changed-text.ts'
export { CHANGED_VALUES_MAX, type ChangedValues } from './reconcile/changed-values.ts'
export * from './mint/subject-state.ts'
export * from './position/partition.ts'
export * from './position/position.ts'
export { declaredSigners, haveNameInCommon } from './registry/edge-names.ts'

export * from './limits/request-limits.ts'
export type * from './registry/registry.ts'
export * from './registry/source-connection.ts'
export * from './judge/lacking-values.ts'
export {
  openAt,
  grantFor,
  grantRefusal,
  GRANT_MS_MAX,
  GRANTS_MAX,
  type HeldGrant,
  type BreakGlassGrant,
} from './changes/break-glass-grant.ts'
export * from './nearest-name.ts'
export * from './claims/registered-claims.ts'
export type * from './reconcile/batch/arrival.ts'
export { OUTCOMES } from './reconcile/batch/batch-decision.ts'
export type {
  Announcement,
  Contradiction,
  BatchDecision,
  Cause,
  DoubtEntry,
  LearnedStamp,
  ChangeLogEntry,
  MissedChange,
  Outcome,
  Publication,
  QuarantineEntry,
  RaisedWatermark,
  SettledClaims,
  StoredDenial,
  TokenMark,
  WithdrawnEntry,
} from './reconcile/batch/batch-decision.ts'
export {
  BATCH_HEARTBEATS_MAX,
  batchLength,
  heartbeatsIn,
  neededState,
  NOTHING_NEEDED,
  type NeededState,
} from './reconcile/batch/batch-plan.ts'
export {
  changeKey,
  claimKey,
  feedKey,
  valueScopeKey,
  wholeIssuer,
  wholeTenant,
  type ActivePolicy,
  type BatchState,
  type HeldAccount,
  type HeldClaim,
  type HeldFeed,
  type SeenChange,
} from './reconcile/batch/batch-state.ts'
export * from './reconcile/walks.ts'
export * from './reconcile/feed-refusals.ts'
export * from './reconcile/decisions/decide-batch.ts'
export type * from './changes/revocation.ts'
export * from './scope/scope.ts'
export * from './registry/identity-audiences.ts'
export { keptText, RETENTION, WATERMARK_MARGIN_MS, type Retention } from './limits/retention.ts'
export {
  MISSED_KEPT_MS,
  NO_STATEMENTS,
  statementState,
  voidStatement,
  type Statements,
  type StatementState,
} from './changes/statements.ts'
export {
  needsConfirmation,
  NOTHING_REMOVED,
  SNAPSHOT_REMOVAL_SHARE,
  SNAPSHOT_REMOVAL_SUBJECTS_MIN,
  type RemovalSize,
} from './guards/snapshot-removal-guard.ts'
export * from './position/source-version.ts'
export * from './scope/subject.ts'
export { tightens, type Polarity, type Shape } from './claims/tightening.ts'
export * from './judge/token.ts'
export * from './judge/token-itself.ts'
export {
  isRestriction,
  restrictionsOn,
  withRestrictions,
  type MappedRestrictions,
} from './claims/claim-map.ts'
export { type MappedRoute, type MappedRoutes, mappedRoutes } from './claims/claim-map.ts'
export * from './judge/verdict.ts'
export * from './judge/vouch.ts'
export * from './checkpoint/checkpoint.ts'
export * from './checkpoint/limits.ts'
export type * from './edge-view/follow-event.ts'
export * from './slo/edge-vouching.ts'
export * from './edge-view/freshness.ts'
export * from './edge-view/partition-view.ts'
export * from './checkpoint/publish-plan.ts'
export * from './checkpoint/hash-path.ts'

export type { StatedThrough } from './checkpoint/group-through.ts'
export type * from './checkpoint/publish-snapshot.ts'
export * from './edge-view/denial-life.ts'
export * from './scope/recorded-denial.ts'
export {
  DENIALS_MAX,
  hasRoom,
  reservedPlaces,
  type TableUse,
  placesOfTenant,
} from './edge-view/tenant-room.ts'
export type { FollowPhase } from './edge-view/follow-phase.ts'

export * from './edge-view/partition-follower.ts'
export * from './checkpoint/through-table.ts'
export * from './protected-url.ts'
export { readPattern } from './pattern/read-pattern.ts'
