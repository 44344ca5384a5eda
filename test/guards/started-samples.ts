import {
  bearerOf,
  headerOf,
  jsonOf,
  requestOf,
  type HostileRequest,
} from '../hostile/mutation/request.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import type { GuardWorld } from './guard-world.ts'

/** A valid request to a started service, and the rule for accepting it after a change. */
export interface StartedSample {
  readonly name: string
  readonly make: () => HostileRequest | Promise<HostileRequest>
  /** Returns whether an answer below 300 is right for this request, which can be a changed one. */
  readonly mayPass: (request: HostileRequest, body: string) => boolean
}

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

/** Returns valid requests by service. */
export function startedSamples(
  world: GuardWorld,
): Readonly<Record<string, readonly StartedSample[]>> {
  return {
    gateway: gatewaySamples(world),
    authority: authoritySamples(world),
    sidecar: sidecarSamples(world),
    console: consoleSamples(world),
  }
}

function gatewaySamples(world: GuardWorld): readonly StartedSample[] {
  const { admins } = world
  const issued = new Set<string>([admins.admin])
  let count = 0
  const assertion = async (): Promise<string> => {
    const jwt = await world.assertion()
    issued.add(jwt)
    return jwt
  }
  const mayPass = (request: HostileRequest): boolean =>
    [...issued].some((jwt) => isSame(bearerOf(request), jwt))
  const change = async (): Promise<HostileRequest> => {
    count += 1
    const subject = { format: 'iss_sub', iss: DEV_IDP, sub: `hostile-${count}` }
    const version = String(Date.now() * 1_000 + count)
    const data = { tenant: DEV_TENANT, subject, claim: 'groups', op: 'set', value: ['staff'] }
    const type = 'dev.freshet.change.v1'
    const event = { specversion: '1.0', id: `hostile-${count}`, source: 'hr', type }
    const times = { sourceVersion: version, occurredAt: new Date().toISOString() }
    const headers = {
      authorization: `Bearer ${await assertion()}`,
      'content-type': 'application/cloudevents+json',
    }
    return requestOf('POST', '/v1/changes', headers, { ...event, data: { ...data, ...times } })
  }
  const byAdmin = { authorization: `Bearer ${admins.admin}` }
  return [
    { name: 'a change', make: change, mayPass },
    {
      name: 'what a source sees of itself',
      make: async () =>
        requestOf('GET', '/v1/sources/hr', { authorization: `Bearer ${await assertion()}` }),
      mayPass,
    },
    {
      name: 'a cut-off that is only counted',
      make: () =>
        requestOf(
          'POST',
          '/v1/cut-offs?dryRun=true',
          { ...byAdmin, ...JSON_TYPE },
          {
            op: 'cut-off',
            scope: 'client',
            tenant: DEV_TENANT,
            target: 'payments-web',
            reason: 'a test',
          },
        ),
      mayPass,
    },
  ]
}

function authoritySamples({ client, tokens }: GuardWorld): readonly StartedSample[] {
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
  const mayPass = (request: HostileRequest): boolean => {
    const [, credentials] = /^basic +(.*)$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
    return credentials !== undefined && sameBytes(credentials, authorization.slice('Basic '.length))
  }
  const form = (path: string, fields: Readonly<Record<string, string>>): StartedSample => ({
    name: path,
    make: () =>
      requestOf(
        'POST',
        path,
        { ...FORM_TYPE, authorization },
        new URLSearchParams(fields).toString(),
      ),
    mayPass,
  })
  return [
    form('/oauth/introspect', { token: tokens.fresh }),
    form('/oauth/revoke', { token: 'x' }),
    form('/oauth/token', { grant_type: 'client_credentials', audience: 'payments' }),
  ]
}

/** Returns whether the signed parts are the same. One message has several right signatures by ECDSA. */
function isSame(one: unknown, other: string): boolean {
  return String(one).split('.', 2).join('.') === other.split('.', 2).join('.')
}

/** Base64 that decodes to the same bytes proves the same client. */
function sameBytes(one: string, other: string): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'))
}

function sidecarSamples({ tokens }: GuardWorld): readonly StartedSample[] {
  const proxied = (path: string): StartedSample => ({
    name: path,
    make: () => requestOf('GET', path, { authorization: `Bearer ${tokens.fresh}` }),
    mayPass: (request) => isSame(bearerOf(request), tokens.fresh),
  })
  return [
    proxied('/authz/generic?require.groups=payments-approvers'),
    proxied('/authz/nginx?require.groups=payments-approvers'),
    ...(['fresh', 'stale'] as const).map((kind) => ({
      name: `a ${kind} token`,
      make: () =>
        requestOf('POST', '/v1/check', JSON_TYPE, {
          token: tokens[kind],
          require: { groups: ['payments-approvers'] },
        }),
      mayPass: (request: HostileRequest, body: string) =>
        !body.includes('"decision":"allow"') || isSame(Object(jsonOf(request)).token, tokens.fresh),
    })),
  ]
}

function consoleSamples({ admins }: GuardWorld): readonly StartedSample[] {
  const authorization = `Bearer ${admins.operator}`
  return ['/v1/status', '/v1/edges', '/v1/changes?limit=5', '/v1/audit?stream=control&limit=5'].map(
    (path) => ({
      name: path,
      make: () => requestOf('GET', path, { authorization }),
      mayPass: (request: HostileRequest) =>
        bearerOf(request) === admins.operator || !request.path.startsWith('/v1/'),
    }),
  )
}
