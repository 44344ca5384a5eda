export { ASSERTION_LIFETIME_MS, ASSERTION_TOLERANCE_MS } from './assertion.ts'
export { decodeApplied } from './applied-revocation.ts'
export { chainAfter, chainStart, type ChainPoint } from './audit-chain.ts'
export {
  decodeAuditEntry,
  encodeAuditEntry,
  type AuditEntry,
  type AuditFact,
  type AuditLog,
} from './audit-entry.ts'
export { encodeAuditHead, readAuditHead, type AuditHead, type ReadAuditHead } from './audit-head.ts'
export {
  AUDIT_KINDS,
  AUDIT_STREAMS,
  auditStreamOf,
  type AuditKind,
  type AuditStream,
} from './audit-kinds.ts'
export {
  incomingOf,
  readIncoming,
  type Authenticity,
  type Incoming,
  type IncomingHeartbeat,
  type IncomingHeartbeats,
  type IncomingChange,
  type UnreadableRecord,
} from './authenticate.ts'
export {
  formatChangeEvent,
  parseChangeEvent,
  parseHeartbeat,
  type ChangeEnvelope,
  type HeartbeatBody,
} from './change-event.ts'
export { changePartitions, contentHash, encodeChange, encodeHeartbeat } from './change-record.ts'
export { parseSetChange } from './change-set.ts'
export {
  checkpointHash,
  encodeCheckpoint,
  readCheckpoint,
  readCheckpointLink,
  verifyCheckpoint,
  type ReadCheckpoint,
} from './checkpoint-record.ts'
export { tenantListName } from './through-group.ts'
export { claimMapHash, encodeClaimMap } from './claim-map-record.ts'
export {
  APPLIES_MAX,
  EXPOSED_MAX,
  isClientId,
  isRouteName,
  USED_MAX,
} from './edge-report-schema.ts'
export { EDGE_REPORT_PARTITIONS, edgeReportPartition } from './edge-report-partition.ts'
export {
  checkReportSignature,
  EDGE_REPORT_TYP,
  signEdgeReport,
  type ReportSignature,
} from './edge-report-signature.ts'
export { decodeEdgeReport } from './decode-edge-report.ts'
export {
  encodeEdgeReport,
  isNumbered,
  type ClaimUse,
  type EdgeApply,
  type EdgeClock,
  type EdgePartition,
  type EdgeReport,
  type Exposure,
  type NumberedReport,
} from './edge-report.ts'
export { EVENT_TYPES } from './event-types.ts'
export {
  encodeHeartbeats,
  isHeartbeatRecord,
  parseHeartbeats,
  type HeartbeatsBody,
  type SourceHeartbeats,
  type TenantSequence,
} from './heartbeats.ts'
export { HEARTBEAT_TENANTS_MAX } from './heartbeats-schema.ts'
export {
  decodeEvaluation,
  decodeEvaluationAnswer,
  encodeEvaluation,
  encodeEvaluationAnswer,
  type Evaluation,
  type EvaluationAnswer,
  type EvaluationCode,
  type RequestFacts,
} from './evaluation.ts'
export {
  EVALUATION_CLAIMS_MAX,
  evaluationAnswerSchema,
  evaluationSchema,
  POLICIES_NAMED_MAX,
  type WireEvaluation,
  type WireEvaluationAnswer,
} from './evaluation-schema.ts'
export { EventError, type EventProblem } from './event-error.ts'
export { gather, type AnswerAll, type GatherLimits } from './gather.ts'
export { issuanceDigest, type IssuanceFacts } from './issuance-digest.ts'
export { decodeIssuance, encodeIssuance, type Issuance } from './issuance-record.ts'
export { readIssuance, type ProvenIssuance } from './proven-issuance.ts'
export { sha256Text } from './framing.ts'
export {
  jwsRuleText,
  readCompactJws,
  readJwsHeader,
  type AcceptedHeader,
  type AcceptedJws,
  type CompactJws,
  type JwsHeader,
  type JwsRule,
} from './compact-jws.ts'
export { isJwsSignedBy, isSignedBy, signJws } from './jws.ts'
export { importJwks, readJwks, type JwksReading, type PassedOver } from './jwks.ts'
export {
  generateKey,
  importSigningKey,
  publicJwks,
  SIGNATURE_ALGORITHMS,
  type Jwks,
  type NamedJwk,
  type SignatureAlgorithm,
  type SigningKey,
  type VerifyKey,
} from './keys.ts'
export {
  generateMacKey,
  keySetJson,
  readKeySet,
  readMacKeySet,
  readSigningKeySet,
  readVerifyKeySet,
  type KeySetMember,
  type MacJwk,
  type TimedMacKey,
  type TimedSigningKey,
  type TimedVerifyKey,
} from './key-set.ts'
export { publishedKeys } from './published-keys.ts'
export {
  fetchJson,
  readJsonAnswer,
  type Fetch,
  type FetchedResponse,
} from './remote-keys/fetch-json.ts'
export { sameOrigin, wellKnownUrl } from './remote-keys/issuer-url.ts'
export { KEYS_COOLDOWN_MS, KEYS_PER_SET_MAX, KEYS_STALE_MAX_MS } from './remote-keys/limits.ts'
export { keyIn, type NamedKey } from './remote-keys/named-key.ts'
export { PublishedKeySets, type KeySetsSettings } from './remote-keys/published-key-sets.ts'
export { PublishedKeys, type PublishedSettings } from './remote-keys/published-keys.ts'
export type { KeyOrigin } from './remote-keys/read-published.ts'
export type {
  Appended,
  LogFollower,
  LogReader,
  LogRecord,
  LogWriter,
  OutgoingRecord,
  PartitionBounds,
} from './log.ts'
export { erasedEntry } from './erasure-audit.ts'
export { pointerOf } from './json-pointer.ts'
export { droppedEntry, replayedEntry, settledEntry, type ParkedDeed } from './quarantine-audit.ts'
export {
  claimedSourceOf,
  isParkedId,
  originalOf,
  parkedIdIn,
  parkedIdOf,
  parkRecord,
  type ParkedReason,
} from './parked-record.ts'
export { joinRecordHashes, recordHash, recordsHash } from './records-hash.ts'
export { isOfType } from './record-bytes.ts'
export { formatRfc3339 } from './rfc3339.ts'
export { durationMs, durationText } from './registry/registry-values.ts'
export { diffVersions } from './registry/diff-versions.ts'
export { RegistryError } from './registry/registry-error.ts'
export { enforcementText, observedUntilMs } from './registry/enforcement.ts'
export {
  lintRegistryFile,
  parseRegistry,
  refuseErrors,
  type LintedRegistry,
} from './registry/registry-file.ts'
export {
  registryJsonSchema,
  REGISTRY_SCHEMA_FILE,
  type JsonSchema,
} from './registry/registry-json-schema.ts'
export {
  namedPolicyFiles,
  POLICY_BYTES_MAX,
  policyFilesOf,
  policyTextsOf,
  type NamedPolicyFile,
  type PolicyCheck,
  type PolicyFiles,
} from './registry/policy-texts.ts'
export {
  canonicalDocument,
  keySetsOf,
  readRegistryDocument,
  REGISTRY_BYTES_MAX,
  registryDocument,
  versionFindings,
  type PolicyVersion,
} from './registry/registry-document.ts'
export { decodeRevocation, encodeRevocation } from './revocation-record.ts'
export {
  contentDigest,
  requireBinding,
  type BoundRequest,
  type RequestBinding,
} from './request-binding.ts'
export {
  SET_TYP,
  SIGNED_EVENT_TYP,
  verifySourceAssertion,
  verifySourceJws,
  type SourceAssertion,
  type SourceJws,
} from './source-assertion.ts'
export { signRecord, stampRecord, type Stamp } from './stamp.ts'
export {
  JSON_BYTES_MAX,
  JSON_DEPTH_MAX,
  parseJson,
  parseJsonObject,
  type JsonLimits,
} from './strict-json.ts'
export { FLOOR_LAG_MS, QueueFloor, WHOLE_LOOK_MS } from './queue-floor.ts'
export type { Timer } from './timer.ts'
export {
  ACTORS_MAX,
  encodeActClaim,
  encodeFreshetClaim,
  omittedFrom,
  omittedNames,
  readToken,
  type ActClaim,
  type FreshetClaim,
} from './token-claims.ts'
export { traceparentOf } from './record-bytes.ts'
export { parseTraceparent, TRACEPARENT, type TraceContext } from './traceparent.ts'
export { orderedEntry, publishedEntry } from './policy-audit.ts'
export { permanentNameOf, type PermanentName } from './permanent-record.ts'
export {
  AUDIT_TOPIC,
  CHANGES_TOPIC,
  EDGE_REPORTS_TOPIC,
  ISSUANCES_TOPIC,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
} from './topics.ts'
export { verdictJson, type VerdictJson } from './verdict-json.ts'
export {
  orderDigest,
  signVoucher,
  verifyVoucher,
  VOUCHER_TYP,
  type Person,
  type SentOrder,
  type Vouched,
  type Voucher,
} from './voucher.ts'
