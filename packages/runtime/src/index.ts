export {
  ADMIN_ROLES,
  adminTokenHash,
  adminTokens,
  bearerAdmin,
  requireRole,
  type Admin,
  type AdminRole,
  type AdminToken,
} from './admins/admin-tokens.ts'
export {
  answerProblem,
  BODY_BYTES_MAX,
  createApp,
  createBareApp,
  type AnsweredRequest,
  type AppOptions,
  type BareAppOptions,
} from './http/app.ts'
export type { RouteLimit } from './overload/load-shedder.ts'
export type { Check } from './http/health.ts'
export { listenAddress } from './http/listen-address.ts'
export { createLogger, type Logger } from './logger.ts'
export { isNormalTarget } from './http/normal-target.ts'
export { policyNotes, type PolicyNotes } from './policy-notes.ts'
export { problemOf, type BodyError, type Problem } from './errors/problem.ts'
export { readJsonBody, requireJson } from './http/read-json-body.ts'
export { unlessHungUp } from './http/hung-up.ts'
export { HEADER_BYTES_MAX } from './http/refusals.ts'
export {
  addOpenApiRoute,
  openApiDocument,
  type OpenApiDocument,
  type ServiceApi,
} from './openapi/document.ts'
export {
  form,
  json,
  jsonAnswer,
  textAnswer,
  type Content,
  type Operation,
  type OperationAnswer,
  type OperationRefusals,
  type Operations,
} from './openapi/operation.ts'
export { problemForm } from './openapi/problem-form.ts'
export {
  noteRefusal,
  refusalsTo,
  type OnRefusal,
  type NotedRefusal,
  type RefusedRequest,
} from './http/refused-request.ts'
export type { ReadyAnswer } from './http/ready-answer.ts'
export { protectedUrl } from './protected-url.ts'
export { randomHex, randomId } from './random-id.ts'
export { randomShare } from './random-share.ts'
export { runService, type Host } from './run-service.ts'
export { serveHttp, type HttpServer, type ServeOptions } from './http/serve-http.ts'
export type { RefusedConnection } from './overload/bound-connections.ts'
export type { OtlpSettings } from './otlp-variables.ts'
export { processIdentity, type ProcessIdentity } from './process-identity.ts'
export { BUILD, type BuildInfo } from './build-info.ts'
export type { ServerPair, ListenerTls } from './http/listener-tls.ts'
export { serveStarted, type StartOptions } from './http/serve-started.ts'
export { systemClock } from './system-clock.ts'
export {
  databasePlaintext,
  databaseRelations,
  databaseVariables,
  replicaProblem,
  readDatabaseSettings,
  type DatabaseSettings,
} from './stores/database-variables.ts'
export { loadRegistry, readRegistry, type LoadedRegistryFile } from './registry/load-registry.ts'
export {
  lintRegistryAt,
  type LintedRegistryFile,
  type LintOptions,
} from './registry/lint-registry-file.ts'
export { Allowances } from './attempts/allowances.ts'
export { peerOf, type Attempt, type Guessed, type Peer } from './attempts/attempt.ts'
export { Attempts, type AttemptLimits, type AttemptParts } from './attempts/attempts.ts'
export { UnprovenBodies } from './attempts/unproven-bodies.ts'
export { OwnerTurns } from './overload/owner-turns.ts'
export { peerAddress } from './http/peer-address.ts'
export type { RequestEnv } from './http/request-env.ts'
export { watchStampKeys, type StampKeys } from './keys/stamp-keys.ts'
export { requirePrivateFile, type PrivateFile } from './keys/private-file.ts'
export { watchSigningKeys, watchVerifyKeys, type WatchKeysOptions } from './keys/watched-keys.ts'
