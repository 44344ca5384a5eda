import type { AssaultRequest, AttackTarget } from './assault.ts'
import { madeUpToken } from './authority-assaults.ts'
import { BODY_BYTES, filledObject } from './worst-bodies.ts'

const REQUIRE = { groups: ['payments-approvers'] }
/** Routes that every service has. The gateway takes heartbeats and the sidecar checks on the same port. */
const shared = {
  answers: ['stranger'],
  routes: ['GET /livez', 'GET /readyz', 'GET /metrics', 'GET /v1/version'],
  assaults: { stranger: () => ({ method: 'GET', path: '/metrics', headers: {} }) },
} as const

/** The doors of the sidecar, and the routes that every service has. The member holds a stale token. */
export const sidecarTargets: readonly AttackTarget[] = [
  {
    name: 'sidecar.check',
    service: 'sidecar',
    answers: ['stranger', 'member'],
    routes: ['POST /v1/check'],
    assaults: {
      stranger: (world) => check(madeUpToken(world)),
      member: ({ stale }) => check(stale),
    },
  },
  {
    name: 'sidecar.authz',
    service: 'sidecar',
    routes: ['GET /authz/generic', 'GET /authz/nginx'],
    assaults: {
      stranger: (world) => authz(madeUpToken(world)),
      member: ({ stale }) => authz(stale),
    },
  },
  { name: 'gateway.shared', service: 'gateway', ...shared },
  { name: 'sidecar.shared', service: 'sidecar', ...shared },
]

/** The routes of every service, which `gateway.shared` and `sidecar.shared` stand for. */
export const sharedRoutes: readonly string[] = shared.routes

function check(token: string): AssaultRequest {
  return {
    path: '/v1/check',
    headers: { 'content-type': 'application/json' },
    body: filledObject(BODY_BYTES, { token, require: REQUIRE, facts: {} }, 'facts'),
  }
}

function authz(token: string): AssaultRequest {
  return {
    method: 'GET',
    path: '/authz/generic?require.groups=payments-approvers',
    headers: { authorization: `Bearer ${token}` },
  }
}
