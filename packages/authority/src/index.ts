export { Admission, MINT_LIMITS, type AdmissionOptions } from './admission.ts'
export { ClientBudgets, type LimitHolder, type LimitRefusals } from './client-budgets.ts'
export { Entrance, type EntranceCounts, type EntranceOptions, type Leave } from './entrance.ts'
export {
  ASSERTIONS_KEPT_MS,
  ASSERTIONS_ROUND_MS,
  keepAssertions,
  type AssertionStore,
  type UsedAssertion,
} from './assertion-store.ts'
export { CLIENT_ASSERTION_LIFE_MAX_MS, JWT_BEARER } from './client-assertion.ts'
export type { ClientAuthentication, OAuthRequest } from './client-authentication.ts'
export { CLIENT_CREDENTIALS } from './client-credentials.ts'
export { exchangeOrder, type ExchangeTerms } from './exchange.ts'
export { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE } from './exchange-request.ts'
export {
  evaluateAccess,
  type EvaluateDependencies,
  type EvaluationRequest,
} from './evaluate-access.ts'
export { FACTS_BYTES_MAX, FACTS_DEPTH_MAX } from './ask-policies.ts'
export type { DecideDependencies } from './decide-access.ts'
export {
  NO_POLICIES,
  type PolicyAnswer,
  type PolicyEngine,
  type PolicyQuestion,
  type RouteName,
} from './policy-engine.ts'
export {
  introspectToken,
  type FreshnessJson,
  type IntrospectDependencies,
  type Introspection,
} from './introspect-token.ts'
export {
  issueToken,
  type ExchangeDependencies,
  type IssueDependencies,
  type TokenAnswer,
} from './issue-token.ts'
export {
  explainToken,
  judgeToken,
  type JudgeDependencies,
  type TokenExplanation,
} from './judge-token.ts'
export type { Ledger, LedgerToken } from './ledger.ts'
export type { LedgerIdentity } from './ledger-identity.ts'
export {
  authorityMetadata,
  decisionPointMetadata,
  type AuthorityMetadata,
  type DecisionPointMetadata,
} from './metadata.ts'
export {
  mint,
  MINT_ATTEMPTS_MAX,
  type IssuedToken,
  type LoadedRegistry,
  type MintDependencies,
  type MintOrder,
} from './mint.ts'
export type {
  RaisingChange,
  LookAnswer,
  LookQuery,
  MintedToken,
  MintQuery,
  MintStore,
  PartitionKnowledge,
  StaleMark,
  WithheldToken,
} from './mint-store.ts'
export { NO_STORE, oauthError, type OAuthError } from './oauth-error.ts'
export type { OwnTerms } from './own-token.ts'
export {
  revokeToken,
  type RevokeDependencies,
  type RevokedToken,
  type TokenDenials,
} from './revoke-token.ts'
export { SUBJECT_TOKEN_LIFE_MAX_MS } from './subject-token.ts'
export { requireLivesWithin } from './token-lives.ts'
export {
  keepTokenPartitions,
  PAST_TOKENS_KEPT_MS,
  tendTokenPartitions,
  TOKEN_PARTITIONS_AHEAD_MS,
  TOKEN_PARTITIONS_KEPT_MS,
  TOKEN_PARTITIONS_ROUND_MS,
  type TokenPartitions,
} from './token-partitions.ts'
export type { ValidationLook, ValidationQuery, ValidationStore } from './validation-store.ts'
