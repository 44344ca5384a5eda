import type { AssaultRequest, AttackTarget } from './assault.ts'
import { manyValues } from './worst-bodies.ts'

const JSON_TYPE = 'application/json'
/** The largest body with a token. */
const BODY_BYTES = 16_384

/** The doors of the console. The member is an admin whose questions cannot be read. */
export const consoleTargets: readonly AttackTarget[] = [
  {
    name: 'console.login',
    service: 'console',
    routes: [
      'POST /v1/session',
      'GET /v1/session/ways',
      'GET /v1/session/openid',
      'GET /v1/session/openid/callback',
      'POST /v1/session/openid/logout',
    ],
    assaults: {
      stranger: () => ({
        path: '/v1/session',
        headers: { 'content-type': JSON_TYPE },
        body: manyValues(BODY_BYTES),
      }),
    },
  },
  {
    name: 'console.reads',
    service: 'console',
    routes: [
      'GET /v1/session',
      'GET /v1/session/openid/provider',
      'GET /v1/changes',
      'GET /v1/changes/{id}',
      'GET /v1/changes/{id}/tokens',
      'GET /v1/stream',
      'GET /v1/audit',
      'GET /v1/subjects/{sub}',
      'GET /v1/subjects/{sub}/state',
      'GET /v1/subjects/{sub}/preview',
      'GET /v1/tokens',
      'GET /v1/tokens/{jti}',
      'GET /v1/edges',
      'GET /v1/edges/{edge}',
      'GET /v1/lag',
      'GET /v1/latency',
      'GET /v1/search',
      'GET /v1/slos',
      'GET /v1/slos/{name}',
      'GET /v1/status',
      'GET /v1/health',
      'GET /v1/evidence',
      'GET /v1/quarantine',
      'GET /v1/quarantine/{id}',
      'GET /v1/quarantine/{id}/record',
      'GET /v1/registry',
      'GET /v1/registry/diff',
      'GET /v1/registry/document',
      'GET /v1/registry/usage',
      'GET /v1/registry/outstanding',
    ],
    assaults: {
      stranger: () => read('wrong'),
      member: ({ workspace }) => read(workspace.adminToken),
    },
  },
  {
    name: 'console.writes',
    service: 'console',
    routes: [
      'DELETE /v1/session',
      'POST /v1/tokens/explain',
      'POST /v1/quarantine/{id}/replay',
      'POST /v1/quarantine/{id}/drop',
    ],
    assaults: {
      stranger: () => explain('wrong'),
      member: ({ workspace }) => explain(workspace.adminToken),
    },
  },
]

/** Asks for a change that does not exist, for which the console looks in its database. */
function read(token: string): AssaultRequest {
  const headers = { authorization: `Bearer ${token}` }
  return { method: 'GET', path: '/v1/changes/hostile', headers }
}

function explain(token: string): AssaultRequest {
  return {
    path: '/v1/tokens/explain',
    headers: { authorization: `Bearer ${token}`, 'content-type': JSON_TYPE },
    body: manyValues(BODY_BYTES),
  }
}
