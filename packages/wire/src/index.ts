export { ASSERTION_LIFETIME_MS, ASSERTION_TOLERANCE_MS } from './authentication/assertion.ts'
export { decodeApplied } from './revocations/applied-revocation.ts'

export * from './audit/audit-entry.ts'
export * from './audit/audit-head.ts'
export * from './audit/audit-kinds.ts'
export * from './authentication/authenticate.ts'
export * from './authentication/authenticity.ts'
export * from './authentication/incoming.ts'
export * from './changes/change-event.ts'
export { contentHash, encodeChange, encodeHeartbeat } from './changes/change-record.ts'
export { parseSetChange } from './changes/change-set.ts'
export * from './checkpoints/checkpoint-record.ts'

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
export * from './reports/edge-report-partition.ts'
export * from './reports/edge-report-signature.ts'
export * from './reports/decode-edge-report.ts'
export * from './reports/edge-report.ts'
export type { UnverifiedSource, UnverifiedSources } from './reports/unverified-sources.ts'
export * from './log/event-types.ts'
export {
  encodeHeartbeats,
  isHeartbeatRecord,
  parseHeartbeats,
  type HeartbeatsBody,
  type SourceHeartbeats,
  type TenantSequence,
} from './changes/heartbeats.ts'
export { HEARTBEAT_TENANTS_MAX } from './changes/heartbeats-schema.ts'
export * from './evaluations/evaluation.ts'
export {
  EVALUATION_CLAIMS_MAX,
  evaluationAnswerSchema,
  evaluationSchema,
  POLICIES_NAMED_MAX,
  type WireEvaluation,
  type WireEvaluationAnswer,
} from './evaluations/evaluation-schema.ts'
export * from './changes/event-error.ts'
export { gather, type AnswerAll, type GatherLimits } from './log/gather.ts'
export * from './tokens/issuance-digest.ts'
export * from './tokens/issuance-record.ts'
export * from './tokens/proven-issuance.ts'
export { sha256Text } from './keys/framing.ts'
export * from './keys/compact-jws.ts'
export { isJwsSignedBy, isSignedBy, signJws } from './keys/jws.ts'
export * from './keys/jwks.ts'
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
export * from './keys/key-set.ts'
export * from './keys/published-keys.ts'

export { KEYS_COOLDOWN_MS, KEYS_PER_SET_MAX, KEYS_STALE_MAX_MS } from './keys/remote/limits.ts'
export * from './keys/remote/named-key.ts'
export * from './keys/remote/published-key-sets.ts'
export * from './keys/remote/published-keys.ts'
export * from './log/log.ts'
export * from './audit/erasure-audit.ts'
export * from './audit/read-audit.ts'
export * from './json/json-pointer.ts'
export * from './audit/quarantine-audit.ts'
export * from './quarantine/quarantined-record.ts'
export * from './checkpoints/records-hash.ts'
export { isOfType, bytesOf } from './log/record-bytes.ts'
export { formatRfc3339 } from './json/rfc3339.ts'
export * from './claim-maps/enforcement.ts'
export * from './revocations/revocation-record.ts'

export * from './authentication/source-assertion.ts'
export { signRecord, stampRecord, type Stamp } from './authentication/stamp.ts'
export {
  JSON_BYTES_MAX,
  JSON_DEPTH_MAX,
  parseJson,
  parseJsonObject,
  type JsonLimits,
} from './json/strict-json.ts'
export * from './log/queue-floor.ts'
export * from './log/timer.ts'
export * from './tokens/token-claims.ts'
export { traceparentOf } from './log/record-bytes.ts'
export * from './log/traceparent.ts'
export * from './audit/policy-audit.ts'
export * from './revocations/permanent-record.ts'
export * from './log/topics.ts'
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
