export { registerReportBatchContract } from './report-batch-contract.ts'
export { registerSignedReportContract } from './signed-report-contract.ts'
export { registerFleetLimitsContract } from './fleet-limits-contract.ts'
export { registerSliContract } from './sli-contract.ts'
export { MEASURED_SLOS, SLI_NOW_MS, sliReport, testSlo, type SliUnderTest } from './sli-world.ts'
export {
  MANY_POLICY,
  MANY_SOURCES,
  MANY_TENANTS,
  manyFeedsAt,
  manyFeedsHeartbeat,
  type Stating,
} from './many-feeds.ts'
export { ManualClock } from './manual-clock.ts'
export { markAll } from './mark-all.ts'
export { withSave } from './with-save.ts'
export { registerLogContract, type LogUnderTest } from './log-contract.ts'
export {
  askRaw,
  sendRaw,
  statusOfRaw,
  type RawAnswer,
  type RawConnection,
  type RawRequest,
} from './raw-http.ts'
export { recordingFollower, type RecordingFollower } from './recording-follower.ts'
export {
  loggedChange,
  registerObservatoryContract,
  type ObservatoryUnderTest,
} from './observatory-contract.ts'
export { registerExposureContract, type ExposureUnderTest } from './exposure-contract.ts'
export { hostileTokens, type HostileToken, type TokenParts } from './hostile-tokens.ts'
export {
  registerErasureContract,
  type ErasureUnderTest,
  type StoredRow,
} from './erasure-contract.ts'
export { registerAssertionContract } from './assertion-contract.ts'
export { registerValidationContract } from './validation-contract.ts'
export { registerMintContract } from './mint-contract.ts'
export {
  MINT_CONTRACT_NOW_MS,
  ASKS_NOTHING,
  mintedToken,
  walkTo,
  type IssuanceUnderTest,
  type MintSeed,
  type MintStoreUnderTest,
} from './mint-world.ts'
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
} from './approval-policies.ts'
export { registerPolicyEngineContract } from './policy-engine-contract.ts'
export { registerIntakeContract } from './intake-contract.ts'
export {
  hrChange,
  igaChange,
  intakeWorld,
  TEST_MAC_KEY,
  type IntakeWorld,
  type PlacedStamp,
  type StampStoreUnderTest,
} from './intake-world.ts'
export { plannedWriter, type AppendFate, type PlannedWriter } from './planned-writer.ts'
export { registerPublisherContract } from './publisher-contract.ts'
export { UNLOADED, type PublisherUnderTest } from './publisher-under-test.ts'
export { PUBLISHED_POLICY } from './publisher-rows.ts'
export type { HeartbeatPlan } from './edge-heartbeat.ts'
export { ALICE, EDGE_AUDIENCE, EDGE_ISSUER, signToken, type TokenPlan } from './edge-token.ts'
export { edgeWorld, originInWorld, type EdgeWorld } from './edge-world.ts'
export { answeringValidator, sayingOf } from './answering-validator.ts'
export { fakeLog, type FakeLog } from './fake-log.ts'
export { edgesIn, type EdgesIn } from './edges-in.ts'
export { registerQuarantineContract, type QuarantineUnderTest } from './quarantine-contract.ts'
export { quarantineWorld, type QuarantineWorld } from './quarantine-world.ts'
export { registerRecorderContract } from './recorder-contract.ts'
export { TOKEN_ISSUER } from './recorder-view-contract.ts'
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
} from './recorder-world.ts'
export { arrivalOf, decisionTeller, type DecisionTeller } from './decision-teller.ts'
export {
  decisionWorld,
  WORLD_HASH,
  type BrokenRules,
  type DecisionWorld,
} from './decision-world.ts'
export { registerEvidenceContract, type EvidenceUnderTest } from './evidence-contract.ts'
export {
  registerPruneContract,
  type AgedKind,
  type PlantedFeed,
  type PruneUnderTest,
} from './prune-contract.ts'
export { registerPruneStampsContract, type PrunedStamps } from './prune-stamps-contract.ts'
export { registerVersionContract, type VersionStoreUnderTest } from './version-contract.ts'
export {
  auditEntry,
  auditWorld,
  registerAuditContract,
  type AuditUnderTest,
  type AuditWorld,
} from './audit-contract.ts'
export { foreignIssuer } from './foreign-issuer.ts'
export { JUDGED, judgedToken, liveLook, livePartition, resourceServer } from './judged-token.ts'
export {
  issuedByForeign,
  registerForeignLedgerContract,
  type ForeignLedgerUnderTest,
} from './foreign-ledger-contract.ts'
export { registerSourceUseContract } from './source-use-contract.ts'
export { selfSigned, type SelfSigned } from './self-signed.ts'
