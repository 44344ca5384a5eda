/**
 * The conditions of a request that are checked before a route does its work. The cases of each are in
 * `guard-cases.ts`.
 */
export type Guard =
  | 'source'
  | 'source or admin'
  | 'own source'
  | 'viewer'
  | 'operator'
  | 'admin'
  | 'client'
  | 'token'
  | 'form'
  | 'json'
  | 'csrf'

/** The guards of each route by service. A route with none is open to everyone who reaches the port. */
export type GuardTable = Readonly<Record<string, Readonly<Record<string, readonly Guard[]>>>>

/** Routes that every service has. */
const shared = {
  'GET /livez': [],
  'GET /readyz': [],
  'GET /metrics': [],
  'GET /v1/version': [],
} as const satisfies GuardTable[string]

/** Every route of every service. The test compares it with `/openapi.json` of each started service. */
export const GUARDS: GuardTable = {
  gateway: {
    ...shared,
    'POST /v1/changes': ['source'],
    'POST /v1/heartbeats': ['source'],
    'GET /v1/sources/{source}': ['source or admin', 'own source'],
    'POST /v1/cut-offs': ['operator', 'json'],
    'POST /v1/openings': ['admin', 'json'],
    'POST /v1/openings/{id}/close': ['admin', 'json'],
    'POST /v1/erasures': ['operator', 'json'],
    'POST /v1/registry': ['admin'],
    'POST /v1/quarantine/{id}/replay': ['operator', 'json'],
    'POST /v1/quarantine/{id}/drop': ['operator', 'json'],
    'POST /v1/quarantine/{id}/clear': ['operator', 'json'],
  },
  authority: {
    ...shared,
    'POST /oauth/token': ['client', 'form'],
    'POST /oauth/introspect': ['client', 'form'],
    'POST /oauth/revoke': ['client', 'form'],
    'POST /access/v1/evaluation': ['client', 'json'],
    'GET /.well-known/authzen-configuration': [],
    'GET /.well-known/oauth-authorization-server': [],
    'GET /.well-known/jwks.json': [],
    'GET /.well-known/freshet-checkpoints.jwks.json': [],
  },
  reconciler: shared,
  sidecar: {
    ...shared,
    'POST /v1/check': ['json'],
    'GET /authz/generic': ['token'],
    'GET /authz/nginx': ['token'],
  },
  console: {
    ...shared,
    'GET /v1/session': ['viewer'],
    'POST /v1/session': ['json'],
    'DELETE /v1/session': ['viewer', 'csrf'],
    'GET /v1/session/ways': [],
    'GET /v1/session/openid': [],
    'GET /v1/session/openid/callback': [],
    'GET /v1/session/openid/provider': ['viewer'],
    'POST /v1/session/openid/logout': [],
    'GET /v1/changes': ['viewer'],
    'GET /v1/changes/{id}': ['viewer'],
    'GET /v1/changes/{id}/tokens': ['viewer'],
    'GET /v1/stream': ['viewer'],
    'GET /v1/audit': ['operator'],
    'GET /v1/subjects/{sub}': ['viewer'],
    'GET /v1/subjects/{sub}/state': ['viewer'],
    'GET /v1/subjects/{sub}/preview': ['operator'],
    'GET /v1/tokens': ['operator'],
    'GET /v1/tokens/{jti}': ['viewer'],
    'POST /v1/tokens/explain': ['viewer', 'csrf'],
    'GET /v1/edges': ['viewer'],
    'GET /v1/edges/{edge}': ['viewer'],
    'GET /v1/lag': ['viewer'],
    'GET /v1/latency': ['viewer'],
    'GET /v1/search': ['viewer'],
    'GET /v1/slos': ['viewer'],
    'GET /v1/slos/{name}': ['viewer'],
    'GET /v1/status': ['viewer'],
    'GET /v1/health': ['viewer'],
    'GET /v1/evidence': ['viewer'],
    'GET /v1/quarantine': ['viewer'],
    'GET /v1/quarantine/{id}': ['viewer'],
    'GET /v1/quarantine/{id}/record': ['operator'],
    'POST /v1/quarantine/{id}/replay': ['operator', 'csrf'],
    'POST /v1/quarantine/{id}/drop': ['operator', 'csrf'],
    'GET /v1/registry': ['viewer'],
    'GET /v1/registry/diff': ['viewer'],
    'GET /v1/registry/document': ['viewer'],
    'GET /v1/registry/usage': ['viewer'],
    'GET /v1/registry/outstanding': ['viewer'],
  },
}
