export { MEASURED_SLOS, SLI_NOW_MS, sliReport, testSlo } from './slis/sli-world.ts'
export {
  MANY_POLICY,
  MANY_SOURCES,
  MANY_TENANTS,
  manyFeedsAt,
  manyFeedsHeartbeat,
  type Stating,
} from './intake/many-feeds.ts'
export { ManualClock } from '@freshet/testing'
export { markAll } from './recorder/steps/mark-all.ts'
export { withSave } from './recorder/steps/with-save.ts'
export { registerLogContract, type LogUnderTest } from './log/log-contract.ts'
export {
  askRaw,
  sendRaw,
  statusOfRaw,
  type RawAnswer,
  type RawConnection,
  type RawRequest,
} from './raw-http.ts'
export { recordingFollower, type RecordingFollower } from './log/recording-follower.ts'
export { LOGGED_SUBJECT, loggedChange } from './observatory/logged-change.ts'
export { hostileTokens, type HostileToken, type TokenParts } from './edge/hostile-tokens.ts'
export {
  registerErasureContract,
  type ErasureUnderTest,
  type StoredRow,
} from './erasure/erasure-contract.ts'
export { registerAssertionContract } from './authority/assertion-contract.ts'
export { registerValidationContract } from './authority/validation-contract.ts'
export { registerMintContract } from './authority/mint-contract.ts'
export {
  MINT_CONTRACT_NOW_MS,
  ASKS_NOTHING,
  alice,
  bob,
  mintAuditEntry,
  mintedToken,
  robot,
  walkTo,
  type IssuanceUnderTest,
  type MintSeed,
  type MintStoreUnderTest,
} from './authority/mint-world.ts'
export {
  ACME_IDP,
  acmeRegistry,
  exampleClaim,
  exampleRegistry,
  exampleSource,
  NOTHING_PUBLISHED,
} from './acme-registry.ts'
export {
  APPROVAL_TEXTS,
  approvalPolicies,
  approvalRegistry,
  APPROVE,
  REPORT,
} from './policy/approval-policies.ts'
export { registerPolicyEngineContract } from './policy/policy-engine-contract.ts'
export { registerIntakeContract } from './intake/intake-contract.ts'
export {
  hrChange,
  igaChange,
  intakeWorld,
  TEST_MAC_KEY,
  type IntakeWorld,
  type PlacedStamp,
  type StampStoreUnderTest,
} from './intake/intake-world.ts'
export { plannedWriter, type AppendFate, type PlannedWriter } from './log/planned-writer.ts'
export { registerPublisherContract } from './publisher/publisher-contract.ts'
export { UNLOADED, type PublisherUnderTest } from './publisher/publisher-under-test.ts'
export { PUBLISHED_POLICY } from './publisher/publisher-rows.ts'
export { fakeLog, signToken, type FakeLog, type HeartbeatPlan } from '@freshet/testing/parts'
export { ALICE, EDGE_AUDIENCE, EDGE_ISSUER, type TokenPlan } from './edge/edge-token.ts'
export { edgeWorld, originInWorld, type EdgeWorld } from './edge/edge-world.ts'
export { answeringValidator, answerWith as sayingOf } from './edge/answering-validator.ts'
export { edgesIn, type EdgesIn } from './edge/edges-in.ts'
export {
  registerQuarantineContract,
  type QuarantineUnderTest,
} from './quarantine/quarantine-contract.ts'
export { quarantineWorld, type QuarantineWorld } from './quarantine/quarantine-world.ts'
export { registerRecorderContract } from './recorder/recorder-contract.ts'
export { TOKEN_ISSUER } from './recorder/recorder-view-contract.ts'
export {
  ACME_HASH,
  AMY,
  BEN,
  changeTopic,
  groupsChange,
  hrOrigin,
  recordContext,
  type ChangeTopic,
  type PlantedToken,
  type RecorderUnderTest,
} from './recorder/recorder-world.ts'
export { arrivalOf, createDecider, type Decider } from './recorder/decisions/decider.ts'
export {
  decisionWorld,
  WORLD_HASH,
  type BrokenRules,
  type DecisionWorld,
} from './recorder/decisions/decision-world.ts'
export {
  registerPruneContract,
  type AgedKind,
  type PlantedFeed,
  type PruneUnderTest,
} from './prune/prune-contract.ts'
export { registerPruneStampsContract, type PrunedStamps } from './prune/prune-stamps-contract.ts'
export { registerVersionContract, type VersionStoreUnderTest } from './policy/version-contract.ts'
export {
  auditEntry,
  auditWorld,
  type AuditUnderTest,
  type AuditWorld,
} from './audit/audit-world.ts'
export { foreignIssuer } from './issuances/foreign-issuer.ts'
export {
  JUDGED,
  judgedToken,
  liveRecheck,
  livePartition,
  resourceServer,
} from './edge/judged-token.ts'
export {
  issuedByForeign,
  registerForeignLedgerContract,
  type ForeignLedgerUnderTest,
} from './issuances/foreign-ledger-contract.ts'
export { registerSourceUseContract } from './intake/source-use-contract.ts'
export { selfSigned, type SelfSigned } from './self-signed.ts'
export { notedReads } from './observatory/noted-reads.ts'
export { noLimits } from './authority/no-limits.ts'
export { fakeUser, FakeKeycloak, notFound, type FakeUser } from './fake-keycloak.ts'
export { registerScimContract } from './scim/scim-contract.ts'
