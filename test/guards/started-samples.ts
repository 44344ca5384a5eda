import { authorityOperations, basicOf } from '../requests/authority-requests.ts'
import { consoleOperations } from '../requests/console-requests.ts'
import { gatewayOperations } from '../requests/gateway-requests.ts'
import { samplesOf, type Sample } from '../requests/operation.ts'
import { bearerOf, headerOf, jsonOf, type HostileRequest } from '../requests/request.ts'
import { sidecarOperations } from '../requests/sidecar-requests.ts'
import type { GuardWorld } from './guard-world.ts'

/** A valid request to a started service, and the rule for accepting it after a change. */
export interface StartedSample extends Sample {
  /** Returns whether an answer below 300 is right for this request, which can be a changed one. */
  readonly mayPass: (request: HostileRequest, body: string) => boolean
}

/** Requests that leave a started service as it is, but for one subject. Others need objects of the memory. */
const STARTED: readonly string[] = [
  'structured',
  'its own view',
  'cut-off that is counted',
  'exchange',
  'introspect',
  'revoke',
  'generic',
  'nginx',
  'a token seen before',
  'a stale token',
  'GET /v1/status',
  'GET /v1/edges',
  'GET /v1/changes',
  'GET /v1/audit',
]

const absent = (): never => {
  throw new Error('A started service has no such object.')
}

/** Returns valid requests by service. */
export function startedSamples(
  world: GuardWorld,
): Readonly<Record<string, readonly StartedSample[]>> {
  const { admins, tokens } = world
  const issued = new Set([admins.operator])
  let count = 0
  const gateway = samplesOf(gatewayOperations, {
    ...admins,
    async assertion() {
      const jwt = await world.assertion()
      issued.add(jwt)
      return jwt
    },
    nowMs: () => Date.now(),
    next: () => Date.now() * 1_000 + (count += 1),
    signed: absent,
    nextSequence: absent,
    quarantined: absent,
    keys: { keys: [] },
  })
  const [client, resource] = [world.client, world.resource].map(({ id, secret }) =>
    basicOf(id, secret),
  ) as [string, string]
  const authority = samplesOf(authorityOperations, {
    client,
    resource,
    identity: world.identity,
    access: () => tokens.fresh,
    revocable: () => 'x',
    assertion: absent,
    recorded: absent,
  })
  const sidecar = samplesOf(sidecarOperations, { ...tokens, unseen: absent })
  const console = samplesOf(consoleOperations, {
    token: admins.operator,
    quarantined: '',
    objective: '',
    login: { cookie: '', answer: '' },
    logoutToken: '',
    access: absent,
  })
  const pass = (samples: readonly Sample[], mayPass: StartedSample['mayPass']) =>
    samples
      .filter(({ name, operation }) => STARTED.includes(name) || STARTED.includes(operation))
      .map((sample) => ({ ...sample, mayPass }))
  return {
    gateway: pass(gateway, (request) => [...issued].some((jwt) => isSame(bearerOf(request), jwt))),
    authority: pass(authority, (request) => {
      const [, sent = ''] = /^basic +(.*)$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
      return [client, resource].some((each) => isSameBase64(sent, each.slice('Basic '.length)))
    }),
    sidecar: pass(sidecar, (request, body) =>
      request.path.startsWith('/authz/')
        ? isSame(bearerOf(request), tokens.fresh)
        : !body.includes('"decision":"allow"') ||
          isSame(Object(jsonOf(request)).token, tokens.fresh),
    ),
    console: pass(
      console,
      (request) => bearerOf(request) === admins.operator || !request.path.startsWith('/v1/'),
    ),
  }
}

/** Returns whether the signed parts are the same. One message has several right signatures by ECDSA. */
function isSame(one: unknown, other: string): boolean {
  return String(one).split('.', 2).join('.') === other.split('.', 2).join('.')
}

/** Base64 that decodes to the same bytes proves the same client. */
function isSameBase64(one: string, other: string): boolean {
  return Buffer.from(one, 'base64').equals(Buffer.from(other, 'base64'))
}
