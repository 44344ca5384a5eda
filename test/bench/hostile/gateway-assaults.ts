import { DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import type { AssaultRequest, AssaultWorld, AttackTarget } from './assault.ts'
import {
  BODY_BYTES,
  filledObject,
  LARGE_BODY_BYTES,
  madeUpJws,
  manyValues,
  TOKEN_CHARACTERS,
} from './worst-bodies.ts'

/** The most characters of a signed body that no limit by address concerns. */
const SMALL_BODY = 8_190
const EVENTS_MAX = 500
/** Most tenants of one heartbeat. */
const TENANTS_MAX = 1_000
const BATCH = 'application/cloudevents-batch+json'
const JSON_TYPE = 'application/json'

/** The doors of the gateway. The member is IGA, or an admin. */
export const gatewayTargets: readonly AttackTarget[] = [
  {
    name: 'gateway.changes',
    service: 'gateway',
    routes: ['POST /v1/changes'],
    assaults: {
      stranger: (world) => madeUpBody(world, BODY_BYTES),
      'stranger-8k': (world) => madeUpBody(world, SMALL_BODY),
      member: (world) => byIga(world, '/v1/changes', [BATCH, eventsOfOthers()]),
      'member-unreadable': (world) => byIga(world, '/v1/changes', [BATCH, manyValues(BODY_BYTES)]),
    },
  },
  {
    name: 'gateway.heartbeats',
    service: 'gateway',
    routes: ['POST /v1/heartbeats'],
    assaults: {
      stranger: (world) => ({
        path: '/v1/heartbeats',
        headers: { authorization: `Bearer ${madeUpAssertion(world)}`, 'content-type': JSON_TYPE },
        body: manyValues(BODY_BYTES),
      }),
      member: (world) => byIga(world, '/v1/heartbeats', [JSON_TYPE, heartbeatOfOthers()]),
      'member-unreadable': (world) =>
        byIga(world, '/v1/heartbeats', [JSON_TYPE, manyValues(BODY_BYTES)]),
    },
  },
  {
    name: 'gateway.epochs',
    service: 'gateway',
    routes: ['POST /v1/sources/{source}/epochs'],
    assaults: {
      stranger: (world) => ({
        path: '/v1/sources/iga/epochs',
        headers: { authorization: `Bearer ${madeUpAssertion(world)}`, 'content-type': JSON_TYPE },
        body: manyValues(BODY_BYTES),
      }),
      member: (world) =>
        byIga(world, '/v1/sources/iga/epochs', [JSON_TYPE, manyValues(BODY_BYTES)]),
    },
  },
  {
    name: 'gateway.states',
    service: 'gateway',
    routes: ['GET /v1/sources/{source}/state'],
    assaults: {
      stranger: (world) => ({
        method: 'GET',
        path: '/v1/sources/hr/state?tenant=acme',
        headers: { authorization: `Bearer ${madeUpAssertion(world)}` },
      }),
      member: (world) => ({ ...byIga(world, '/v1/sources/iga/state?tenant=acme'), method: 'GET' }),
    },
  },
  {
    name: 'gateway.sources',
    service: 'gateway',
    routes: ['GET /v1/sources/{source}'],
    assaults: {
      stranger: (world) => ({
        method: 'GET',
        path: '/v1/sources/hr',
        headers: { authorization: `Bearer ${madeUpAssertion(world)}` },
      }),
      member: (world) => ({ ...byIga(world, '/v1/sources/hr'), method: 'GET' }),
    },
  },
  {
    name: 'gateway.orders',
    service: 'gateway',
    routes: [
      'POST /v1/cut-offs',
      'POST /v1/openings',
      'POST /v1/openings/{id}/close',
      'POST /v1/erasures',
      'POST /v1/quarantine/{id}/replay',
      'POST /v1/quarantine/{id}/drop',
      'POST /v1/quarantine/{id}/clear',
    ],
    assaults: {
      stranger: (world) => order(`Voucher ${madeUpVoucher(world)}`),
      member: ({ workspace }) => order(`Bearer ${workspace.adminToken}`),
    },
  },
  {
    name: 'gateway.registry',
    service: 'gateway',
    routes: ['POST /v1/registry'],
    assaults: {
      stranger: () => version('wrong'),
      member: ({ workspace }) => version(workspace.adminToken),
    },
  },
]

function madeUpBody({ workspace }: AssaultWorld, characters: number): AssaultRequest {
  const header = { alg: 'ES256', typ: 'cloudevents+json', kid: workspace.sources['hr']?.kid }
  return {
    path: '/v1/changes',
    headers: { 'content-type': 'application/jose' },
    body: madeUpJws(characters, header, { source: 'hr' }),
  }
}

function madeUpAssertion({ workspace, at }: AssaultWorld): string {
  const header = { alg: 'ES256', kid: workspace.sources['hr']?.kid }
  return madeUpJws(TOKEN_CHARACTERS, header, { iss: 'hr', sub: 'hr', aud: at.gateway, jti: 'x' })
}

function madeUpVoucher({ at, voucherKid }: AssaultWorld): string {
  const header = { alg: 'ES256', typ: 'freshet-voucher+jwt', kid: voucherKid }
  return madeUpJws(TOKEN_CHARACTERS, header, { iss: 'console', aud: at.gateway, jti: 'x' })
}

function byIga(
  { workspace, at }: AssaultWorld,
  path: string,
  [type, body]: readonly [type?: string, body?: string] = [],
): AssaultRequest {
  const { kid = '', keyFile = '' } = workspace.sources['iga'] ?? {}
  const signer = { source: 'iga', kid, keyFile, audience: at.gateway }
  const headers = type === undefined ? undefined : { 'content-type': type }
  return { path, headers: { ...headers }, signer, ...(body === undefined ? {} : { body }) }
}

/** Returns as many changes of a claim of another source as a batch can have. */
function eventsOfOthers(): string {
  const occurredAt = new Date().toISOString()
  const events = Array.from({ length: EVENTS_MAX }, (_, n) => ({
    specversion: '1.0',
    id: `hostile-${n}`,
    source: 'iga',
    type: 'dev.freshet.change.v1',
    data: {
      tenant: DEV_TENANT,
      subject: { format: 'iss_sub', iss: DEV_IDP, sub: `hostile-${n}` },
      claim: 'groups',
      op: 'set',
      value: ['staff'],
      sourceVersion: String(n + 1),
      sequence: String(n + 1),
      occurredAt,
    },
  }))
  return JSON.stringify(events)
}

function heartbeatOfOthers(): string {
  const tenants = Array.from({ length: TENANTS_MAX }, (_, n) => ({ tenant: `hostile-${n}` }))
  return JSON.stringify({ through: new Date().toISOString(), tenants })
}

function order(authorization: string): AssaultRequest {
  const body = { op: 'cut-off', tenant: DEV_TENANT, scope: 'client', target: 'hostile' }
  return {
    path: '/v1/cut-offs?dryRun=true',
    headers: { authorization, 'content-type': JSON_TYPE },
    body: filledObject(BODY_BYTES, body, 'unknownMember'),
  }
}

function version(token: string): AssaultRequest {
  return {
    path: '/v1/registry?dryRun=true',
    headers: { authorization: `Bearer ${token}`, 'content-type': JSON_TYPE },
    body: filledObject(LARGE_BODY_BYTES, { version: 2 }, 'unknownMember'),
  }
}
