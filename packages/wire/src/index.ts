export { ASSERTION_LIFETIME_MS, ASSERTION_TOLERANCE_MS } from './authentication/assertion.ts'
export { decodeApplied } from './revocations/applied-revocation.ts'
export { chainAfter, chainStart, type ChainPoint } from './audit/audit-chain.ts'
export {
  decodeAuditEntry,
  encodeAuditEntry,
  type AuditEntry,
  type AuditFact,
  type AuditLog,
} from './audit/audit-entry.ts'
export {
  encodeAuditHead,
  readAuditHead,
  type AuditHead,
  type ReadAuditHead,
} from './audit/audit-head.ts'
export {
  AUDIT_KINDS,
  AUDIT_READS,
  AUDIT_STREAMS,
  auditStreamOf,
  type AuditKind,
  type AuditStream,
} from './audit/audit-kinds.ts'
export { incomingOf, readIncoming } from './authentication/authenticate.ts'
export {
  SIGNERS_OF_KID_MAX,
  type Authenticity,
  type Signer,
} from './authentication/authenticity.ts'
export type {
  Incoming,
  IncomingHeartbeat,
  IncomingHeartbeats,
  IncomingChange,
  UnreadableRecord,
} from './authentication/incoming.ts'
export {
  formatChangeEvent,
  parseChangeEvent,
  parseHeartbeat,
  type ChangeEnvelope,
  type HeartbeatBody,
} from './changes/change-event.ts'
export { contentHash, encodeChange, encodeHeartbeat } from './changes/change-record.ts'
export { parseSetChange } from './changes/change-set.ts'
export {
  checkpointHash,
  encodeCheckpoint,
  readCheckpoint,
  readCheckpointLink,
  verifyCheckpoint,
  type ReadCheckpoint,
} from './checkpoints/checkpoint-record.ts'
export { tenantListName } from './checkpoints/through-group.ts'
export { claimMapHash, encodeClaimMap } from './claim-maps/claim-map-record.ts'
export {
  APPLIES_MAX,
  EXPOSED_MAX,
  isClientId,
  isRouteName,
  REFUSED_CLAIMS_MAX,
  OBSERVED_ROUTES_MAX,
  REFUSED_ROUTES_MAX,
  UNVERIFIED_SOURCES_MAX,
  USED_MAX,
} from './reports/edge-report-schema.ts'
export { EDGE_REPORT_PARTITIONS, edgeReportPartition } from './reports/edge-report-partition.ts'
export {
  checkReportSignature,
  EDGE_REPORT_TYP,
  signEdgeReport,
  type ReportSignature,
} from './reports/edge-report-signature.ts'
export { decodeEdgeReport } from './reports/decode-edge-report.ts'
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
  type ObservedRoute,
  type RefusedRoute,
} from './reports/edge-report.ts'
export type { UnverifiedSource, UnverifiedSources } from './reports/unverified-sources.ts'
export { EVENT_TYPES } from './log/event-types.ts'
export {
  encodeHeartbeats,
  isHeartbeatRecord,
  parseHeartbeats,
  type HeartbeatsBody,
  type SourceHeartbeats,
  type TenantSequence,
} from './changes/heartbeats.ts'
export { HEARTBEAT_TENANTS_MAX } from './changes/heartbeats-schema.ts'
export {
  decodeEvaluation,
  decodeEvaluationAnswer,
  encodeEvaluation,
  encodeEvaluationAnswer,
  type Evaluation,
  type EvaluationAnswer,
  type EvaluationCode,
  type RequestFacts,
} from './evaluations/evaluation.ts'
export {
  EVALUATION_CLAIMS_MAX,
  evaluationAnswerSchema,
  evaluationSchema,
  POLICIES_NAMED_MAX,
  type WireEvaluation,
  type WireEvaluationAnswer,
} from './evaluations/evaluation-schema.ts'
export { EventError, type EventProblem } from './changes/event-error.ts'
export { gather, type AnswerAll, type GatherLimits } from './log/gather.ts'
export { issuanceDigest, type IssuanceFacts } from './tokens/issuance-digest.ts'
export { decodeIssuance, encodeIssuance, type Issuance } from './tokens/issuance-record.ts'
export { readIssuance, type ProvenIssuance } from './tokens/proven-issuance.ts'
export { sha256Text } from './keys/framing.ts'
export {
  jwsRuleText,
  readCompactJws,
  readJwsHeader,
  type AcceptedHeader,
  type AcceptedJws,
  type CompactJws,
  type JwsHeader,
  type JwsRule,
} from './keys/compact-jws.ts'
export { isJwsSignedBy, isSignedBy, signJws } from './keys/jws.ts'
export { importJwks, readJwks, type JwksReading, type PassedOver } from './keys/jwks.ts'
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
} from './keys/keys.ts'
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
} from './keys/key-set.ts'
export { publishedKeys } from './keys/published-keys.ts'
export {
  fetchJson,
  readJsonAnswer,
  type Fetch,
  type FetchedResponse,
} from './keys/remote/fetch-json.ts'
export { sameOrigin, wellKnownUrl } from './keys/remote/issuer-url.ts'
export { readPublished, type KeyOrigin } from './keys/remote/read-published.ts'
export { KEYS_COOLDOWN_MS, KEYS_PER_SET_MAX, KEYS_STALE_MAX_MS } from './keys/remote/limits.ts'
export { keyIn, type NamedKey } from './keys/remote/named-key.ts'
export { PublishedKeySets, type KeySetsSettings } from './keys/remote/published-key-sets.ts'
export { PublishedKeys, type PublishedSettings } from './keys/remote/published-keys.ts'
export type {
  Appended,
  LogFollower,
  LogReader,
  LogRecord,
  LogWriter,
  OutgoingRecord,
  PartitionBounds,
} from './log/log.ts'
export { erasedEntry } from './audit/erasure-audit.ts'
export { subjectReadEntry, type SubjectRead } from './audit/read-audit.ts'
export { pointerOf } from './json/json-pointer.ts'
export {
  droppedEntry,
  replayedEntry,
  settledEntry,
  type QuarantinedDeed,
} from './audit/quarantine-audit.ts'
export {
  claimedSourceOf,
  isQuarantinedId,
  originalOf,
  quarantinedIdIn,
  quarantinedIdOf,
  quarantineRecord,
  type QuarantinedReason,
} from './quarantine/quarantined-record.ts'
export { joinRecordHashes, recordHash, recordsHash } from './checkpoints/records-hash.ts'
export { isOfType, bytesOf } from './log/record-bytes.ts'
export { formatRfc3339 } from './json/rfc3339.ts'
export {
  enforcementText,
  observedUntilMs,
  ENFORCED,
  enforcementForm,
} from './claim-maps/enforcement.ts'
export { decodeRevocation, encodeRevocation } from './revocations/revocation-record.ts'
export {
  contentDigest,
  requireBinding,
  type BoundRequest,
  type RequestBinding,
} from './authentication/request-binding.ts'
export {
  SET_TYP,
  SIGNED_EVENT_TYP,
  verifySourceAssertion,
  verifySourceJws,
  type SourceAssertion,
  type SourceJws,
} from './authentication/source-assertion.ts'
export { signRecord, stampRecord, type Stamp } from './authentication/stamp.ts'
export {
  JSON_BYTES_MAX,
  JSON_DEPTH_MAX,
  parseJson,
  parseJsonObject,
  type JsonLimits,
} from './json/strict-json.ts'
export { FLOOR_LAG_MS, QueueFloor, FULL_SCAN_MS } from './log/queue-floor.ts'
export type { Timer } from './log/timer.ts'
export {
  ACTORS_MAX,
  encodeActClaim,
  encodeFreshetClaim,
  omittedFrom,
  omittedNames,
  readToken,
  type ActClaim,
  type FreshetClaim,
} from './tokens/token-claims.ts'
export { traceparentOf } from './log/record-bytes.ts'
export { parseTraceparent, TRACEPARENT, type TraceContext } from './log/traceparent.ts'
export { orderedEntry, publishedEntry } from './audit/policy-audit.ts'
export { permanentNameOf, type PermanentName } from './revocations/permanent-record.ts'
export {
  AUDIT_TOPIC,
  CHANGES_TOPIC,
  EDGE_REPORTS_TOPIC,
  ISSUANCES_TOPIC,
  QUARANTINE_TOPIC,
  REVOCATIONS_TOPIC,
} from './log/topics.ts'
export { verdictJson, verdictSchema, type VerdictJson } from './evaluations/verdict-json.ts'
export {
  orderDigest,
  signVoucher,
  verifyVoucher,
  VOUCHER_TYP,
  type Person,
  type SentOrder,
  type Vouched,
  type Voucher,
} from './authentication/voucher.ts'
