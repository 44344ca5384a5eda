export * from './overload/admission.ts'
export * from './clients/client-budgets.ts'
export {
  EndpointLimiter,
  type EndpointLimiterCounts,
  type EndpointLimiterOptions,
  type Leave,
} from './overload/endpoint-limiter.ts'
export * from './clients/assertion-store.ts'
export { CLIENT_ASSERTION_LIFE_MAX_MS, JWT_BEARER } from './clients/client-assertion.ts'
export { type ClaimedClient, type ClientAttempts } from './clients/client-authentication.ts'
export type { ClientAuthentication, OAuthRequest } from './clients/client-authentication.ts'
export { CLIENT_CREDENTIALS } from './clients/client-credentials.ts'
export * from './exchange/exchange.ts'
export { ACCESS_TOKEN_TYPE, TOKEN_EXCHANGE } from './exchange/exchange-request.ts'
export * from './access/evaluate-access.ts'
export { FACTS_BYTES_MAX, FACTS_DEPTH_MAX } from './access/decide-access.ts'
export type { DecideDependencies } from './access/decide-access.ts'
export * from './access/policy-engine.ts'
export * from './tokens/introspect-token.ts'
export * from './mint/issue-token.ts'
export {
  explainToken,
  judgeToken,
  type JudgeDependencies,
  type TokenExplanation,
} from './tokens/judge-token.ts'
export { type LedgerToken, type Ledger } from './tokens/judge-token.ts'
export type { LedgerIdentity } from './tokens/ledger-identity.ts'
export {
  authorityMetadata,
  decisionPointMetadata,
  type AuthorityMetadata,
  type DecisionPointMetadata,
} from './oauth/metadata.ts'
export * from './mint/mint.ts'
export * from './mint/mint-store.ts'
export * from './mint/preview-token.ts'

export * from './oauth/oauth-error.ts'
export type { OwnTerms } from './tokens/own-token.ts'
export * from './tokens/revoke-token.ts'
export { SUBJECT_TOKEN_LIFE_MAX_MS } from './exchange/subject-token.ts'
export * from './mint/token-lives.ts'
export * from './mint/token-partitions.ts'
export {
  type ValidationQuery,
  type ValidationRecheck,
  type ValidationStore,
} from './access/decide-access.ts'
