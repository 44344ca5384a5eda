export { givesUnlisted, listedTest } from './claims/listed-values.ts'
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
export { EVERY_TENANT, mayWrite, type MayWrite } from './sources/authority-of-source.ts'
export * from './changes/change.ts'
export { belongsIn, changePartitions } from './changes/change-partitions.ts'
export type { Clock } from './clock.ts'
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
export { errorCodes, errorFamilies, type ErrorCode } from './errors/error-codes.ts'
export type { Disposition, ErrorEntry, OAuthErrorName, Surface } from './errors/error-entry.ts'
export { oauthStatus, problemStatus } from './errors/error-status.ts'
export { FreshetError, dispositionOf, invariant } from './errors/freshet-error.ts'
export {
  feedCondition,
  forgetThrough,
  observeNumber,
  SILENT_FEED,
  type FeedState,
} from './position/feed.ts'
export { foreignToken, type ForeignIssuance, type ForeignToken } from './sources/foreign-ledger.ts'
export { judge, omissionBehind } from './judge/judge.ts'
export type { Knowledge, KnownTimes, Trust, Watermark } from './judge/knowledge.ts'
export * from './keys/plan-rotation.ts'
export {
  isPublished,
  keyStates,
  signingKey,
  signingKeyAgeMs,
  type KeyState,
  type TimedKey,
} from './keys/timed-key.ts'
export { claimsNow, leftOutOf, withClaimsNow, type ClaimsNow } from './mint/claims-now.ts'
export { bornStale, type StaleVerdict } from './mint/born-stale.ts'
export {
  decideMint,
  MINTED_ACTORS_MAX,
  type MintGrant,
  type MintRefusal,
  type SilentSource,
  type MintRequest,
} from './mint/decide-mint.ts'
export * from './mint/scopes-to-grant.ts'
export type * from './mint/mint-snapshot.ts'
export { CLOCK_TOLERANCE_MS, isWithinLease, latestThroughMs } from './mint/source-lease.ts'
export { changedText, type ShownValues } from './reconcile/changed-text.ts'
export { CHANGED_VALUES_MAX, type ChangedValues } from './reconcile/changed-values.ts'
export {
  CLAIM_STATUSES,
  subjectState,
  type ClaimOfSubject,
  type ClaimStatus,
  type SourceStatement,
  type SubjectQuestion,
  type SubjectState,
} from './mint/subject-state.ts'
export * from './position/partition.ts'
export * from './position/position.ts'
export { declaredSigners, haveNameInCommon } from './registry/edge-names.ts'
export * from './limits/rate-limit.ts'
export * from './limits/request-limits.ts'
export type * from './registry/registry.ts'
export { lackingValues } from './judge/lacking-values.ts'
export {
  openAt,
  grantFor,
  grantRefusal,
  GRANT_MS_MAX,
  GRANTS_MAX,
  type HeldGrant,
  type BreakGlassGrant,
} from './changes/break-glass-grant.ts'
export { nearestHint, nearestName } from './nearest-name.ts'
export { REGISTERED_CLAIMS } from './claims/registered-claims.ts'
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
export {
  feedRefusals,
  REFUSED_KEPT_MAX,
  type FeedRefusals,
  type RefusedRecord,
} from './reconcile/feed-refusals.ts'
export { decideBatch, type DecisionContext } from './reconcile/decisions/decide-batch.ts'
export type * from './changes/revocation.ts'
export * from './scope/scope.ts'
export {
  IDENTITY_TOKEN_LIFE_CEILING_MS,
  partiesOfTenant,
  partiesOf,
} from './registry/identity-audiences.ts'
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
export { subjectKey, subjectKeyEnd, type Subject } from './scope/subject.ts'
export { tightens, type Polarity, type Shape } from './claims/tightening.ts'
export * from './judge/token.ts'
export * from './judge/token-itself.ts'
export {
  isRestriction,
  restrictionsOn,
  withRestrictions,
  type MappedRestrictions,
} from './claims/restrictions.ts'
export { mappedRoutes, type MappedRoute, type MappedRoutes } from './claims/mapped-routes.ts'
export * from './judge/verdict.ts'
export { vouch, type KnownPosition, type PositionedKnowledge } from './judge/vouch.ts'
export * from './checkpoint/checkpoint.ts'
export * from './checkpoint/limits.ts'
export type * from './edge-view/follow-event.ts'
export {
  deniedIn,
  vouchingOf,
  type DeniedMinute,
  type UnvouchedSource,
  type Vouching,
  type VouchingReport,
} from './slo/edge-vouching.ts'
export { isFresh, trustIn, type FreshnessInput, type LeaseTerms } from './edge-view/freshness.ts'
export type { PartitionView, SourceView } from './edge-view/partition-view.ts'
export * from './checkpoint/publish-plan.ts'
export { verdictsOf, type Link, type Signatures } from './checkpoint/hash-path.ts'
export { PUBLISH_LIMITS, type PublishLimits } from './checkpoint/publish-limits.ts'
export type { StatedThrough } from './checkpoint/group-through.ts'
export type * from './checkpoint/publish-snapshot.ts'
export { denialLifeMs, type DenialTerms, type StatedDenial } from './edge-view/denial-life.ts'
export * from './scope/recorded-denial.ts'
export {
  DENIALS_MAX,
  hasRoom,
  reservedPlaces,
  type TableUse,
  placesOfTenant,
} from './edge-view/tenant-room.ts'
export type { FollowPhase } from './edge-view/follow-phase.ts'
export { FOLLOW_LIMITS, type FollowLimits } from './edge-view/follow-limits.ts'
export { PartitionFollower, type FollowerOptions } from './edge-view/partition-follower.ts'
export { throughTable, type FeedThrough } from './checkpoint/through-table.ts'
export { isProtectedUrl } from './protected-url.ts'
export { readPattern } from './pattern/read-pattern.ts'
