export { createEdge } from './create-edge.ts'
export type { ReadyOptions } from './await-ready.ts'
export type { Edge, RoutesInForce, VerifyOptions } from './edge.ts'
export type { KeyedClient } from './keyed-client.ts'
export type { KeySets } from './keys/discover-keys.ts'
export type { Fetch, FetchedResponse } from '@freshet/wire'
export type { AppliedNotice, EdgeLimits, EdgeOptions } from './options.ts'
export { dpop, type DpopOptions } from './proof/dpop.ts'
export type { CertificateForm } from './proof/forwarded-certificate.ts'
export { mtls, type MtlsOptions } from './proof/mtls.ts'
export type { ProofOfPossession, ProofQuestion } from './proof/proof-of-possession.ts'
export type { ProofAlgorithm } from './proof/read-proof.ts'
export {
  accessToken,
  senderProof,
  type ProvingRequest,
  type SenderProof,
  type TokenScheme,
} from './proof/sender-proof.ts'
export type { EdgeStats, PartitionStats } from './report/edge-stats.ts'
export type { RevocationFeed } from './revocation-feed.ts'
export type { RouteQuestion } from './route/decide.ts'
export type { Decision, DecisionCode, WouldBe } from './route/decision.ts'
export { bearerToken } from './route/bearer-token.ts'
export type { EdgeHooks } from './route/frameworks/edge-hooks.ts'
export type { ExpressHandler, ExpressRequest, ExpressResponse } from './route/frameworks/express.ts'
export type {
  FastifyHook,
  FastifyReplyPart,
  FastifyRequestPart,
} from './route/frameworks/fastify.ts'
export type { HookPolicy } from './route/hook-policy.ts'
export type { HonoContextPart, HonoMiddleware } from './route/frameworks/hono.ts'
export type { BearerValidators, WithHeaders } from './route/frameworks/library-hooks.ts'
export type { Refusal } from './route/refusal.ts'
export type { GuardedHeaders, GuardedRequest } from './route/request-guard.ts'
export type { RoutePolicy } from './route/route-policy.ts'
export type {
  KnownPosition,
  RefusedCode,
  ValidationAnswer,
  ValidationQuestion,
  Validator,
} from './route/validator.ts'
export {
  authorityValidator,
  validationOf,
  type AuthorityValidatorOptions,
  type ValidatorClient,
} from './validation/authority-validator.ts'
export type { SessionOptions } from './session/live-sessions.ts'
export type { Seed } from './system.ts'
export type { TokenClaims, Verified } from './token/token-claims.ts'
