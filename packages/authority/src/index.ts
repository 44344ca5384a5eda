export { OVERLOADED, Admission, MINT_LIMITS, type AdmissionOptions } from './overload/admission.ts'
export { ClientBudgets, type LimitHolder, type LimitRefusals } from './clients/client-budgets.ts'
export {
  EndpointLimiter,
  type EndpointLimiterCounts,
  type EndpointLimiterOptions,
  type Leave,
} from './overload/endpoint-limiter.ts'
export {
  ASSERTIONS_KEPT_MS,
  ASSERTIONS_ROUND_MS,
  keepAssertions,
  type AssertionStore,
  type UsedAssertion,
} from './clients/assertion-store.ts'
export { CLIENT_ASSERTION_LIFE_MAX_MS, JWT_BEARER } from './clients/client-assertion.ts'
export type { ClaimedClient, ClientAttempts } from './clients/client-attempts.ts'
export type { ClientAuthentication, OAuthRequest } from './clients/client-authentication.ts'
export { CLIENT_CREDENTIALS } from './clients/client-credentials.ts'
export { exchangeOrder, type ExchangeTerms } from './exchange/exchange.ts'
export { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE } from './exchange/exchange-request.ts'
export {
  evaluateAccess,
  type EvaluateDependencies,
  type EvaluationRequest,
} from './access/evaluate-access.ts'
export { FACTS_BYTES_MAX, FACTS_DEPTH_MAX } from './access/ask-policies.ts'
export type { DecideDependencies } from './access/decide-access.ts'
export {
  NO_POLICIES,
  type PolicyAnswer,
  type PolicyEngine,
  type PolicyQuestion,
  type RouteName,
} from './access/policy-engine.ts'
export {
  introspectToken,
  type FreshnessJson,
  type IntrospectDependencies,
  type Introspection,
} from './tokens/introspect-token.ts'
export {
  issueToken,
  type ExchangeDependencies,
  type IssueDependencies,
  type TokenAnswer,
} from './mint/issue-token.ts'
export {
  explainToken,
  judgeToken,
  type JudgeDependencies,
  type TokenExplanation,
} from './tokens/judge-token.ts'
export type { Ledger, LedgerToken } from './tokens/ledger.ts'
export type { LedgerIdentity } from './tokens/ledger-identity.ts'
export {
  authorityMetadata,
  decisionPointMetadata,
  type AuthorityMetadata,
  type DecisionPointMetadata,
} from './oauth/metadata.ts'
export {
  mint,
  MINT_ATTEMPTS_MAX,
  type IssuedToken,
  type LoadedRegistry,
  type MintDependencies,
  type MintOrder,
} from './mint/mint.ts'
export type {
  RaisingChange,
  RecheckAnswer,
  RecheckQuery,
  MintedToken,
  MintQuery,
  MintStore,
  PartitionKnowledge,
  StaleMark,
  WithheldToken,
} from './mint/mint-store.ts'
export { previewToken, type PreviewOrder, type TokenPreview } from './mint/preview-token.ts'
export { subjectNow, type SubjectDependencies, type SubjectNow } from './mint/subject-now.ts'
export { NO_STORE, oauthError, type OAuthError } from './oauth/oauth-error.ts'
export type { OwnTerms } from './tokens/own-token.ts'
export {
  revokeToken,
  type RevokeDependencies,
  type RevokedToken,
  type TokenDenials,
} from './tokens/revoke-token.ts'
export { SUBJECT_TOKEN_LIFE_MAX_MS } from './exchange/subject-token.ts'
export { requireLivesWithin } from './mint/token-lives.ts'
export {
  keepTokenPartitions,
  PAST_TOKENS_KEPT_MS,
  tendTokenPartitions,
  TOKEN_PARTITIONS_AHEAD_MS,
  TOKEN_PARTITIONS_KEPT_MS,
  TOKEN_PARTITIONS_ROUND_MS,
  type TokenPartitions,
} from './mint/token-partitions.ts'
export type {
  ValidationRecheck,
  ValidationQuery,
  ValidationStore,
} from './tokens/validation-store.ts'
