import type { RawRequest } from '@freshet/testkit'
import { DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { basicOf, evaluationOf } from '../requests/authority-requests.ts'
import type { Guard } from '../requests/operation.ts'
import type { GuardWorld } from './guard-world.ts'

/** A request that a guard must refuse, and the expected answer. */
export interface GuardCase {
  readonly what: string
  readonly request: RawRequest
  readonly statuses: readonly number[]
}

/** A route of a service, as its table names it. */
export interface GuardedRoute {
  readonly service: string
  readonly method: string
  readonly target: string
}

/** One header of a request. */
type Header = readonly [name: string, value: string]
type Cases = (route: GuardedRoute, world: GuardWorld) => readonly GuardCase[]
/** The cases are new for each request, because an assertion is used up by the request that it comes with. */
type NewCases = (...args: Parameters<Cases>) => Promise<readonly GuardCase[]>

const HEAD_BYTES = 20_000
const BODY_BYTES = 300_000
const JSON_TYPE: Header = ['content-type', 'application/json']
const FORM_TYPE: Header = ['content-type', 'application/x-www-form-urlencoded']

/** 429: wrong credentials are slowed down. */
const UNAUTHENTICATED = [401, 429]
const FORBIDDEN = [403]
const MALFORMED = [400]
const NOT_FOUND = [404]

/** The requests of a source about itself. */
const SOURCE_QUERIES: readonly string[] = [
  '',
  `?tenant=${DEV_TENANT}`,
  `?tenant=${DEV_TENANT}&only=sequence`,
]

/** The requests that every route of every service refuses, also one that is open to everyone. */
export const everyRoute: Cases = ({ method, target }) => {
  const [path = ''] = target.split('?', 1)
  const at = (what: string, changed: string): readonly GuardCase[] => {
    const statuses = [...MALFORMED, ...FORBIDDEN, ...NOT_FOUND]
    const request = { method, target: changed }
    return changed === path ? [] : [{ what: `path ${what}`, request, statuses }]
  }
  return [
    ...at('with dot segments', `/x/..${target}`),
    ...at('with escaped dot segments', `/x/%2e%2e${target}`),
    ...at('with an empty segment', `/${target}`),
    ...at(
      'with an escaped letter',
      path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ),
    ...at('with a backslash', path.replace(/(.)\//, '$1\\')),
    ...at('of another server', `http://other.test${target}`),
    {
      what: 'head that is too large',
      request: { method, target, headers: [['x-large', 'x'.repeat(HEAD_BYTES)]] },
      statuses: [413, 431],
    },
    {
      what: 'second length',
      request: { method, target, headers: [['content-length', '7']] },
      statuses: MALFORMED,
    },
    {
      what: 'length and chunks',
      request: { method, target, headers: [['transfer-encoding', 'chunked']] },
      statuses: MALFORMED,
    },
  ]
}

const viewer: Cases = (route) => [
  ...unproven(route),
  refused(route, 'wrong token', bearer('wrong')),
]

const operator: Cases = (route, world) => [...viewer(route, world), lacking(route, 'viewer', world)]

/** The requests that each guard must refuse on a route. */
export const guardCases: Readonly<Record<Guard, Cases | NewCases>> = {
  source: (route, world) => [
    ...unproven(route),
    ...world.badAssertions.map(([what, jwt]) => refused(route, `assertion ${what}`, bearer(jwt))),
    refused(route, 'token of an admin', bearer(world.admins.admin)),
  ],
  'source or admin': (route, world) => [
    ...unproven(route),
    ...world.badAssertions.map(([what, jwt]) => refused(route, `assertion ${what}`, bearer(jwt))),
    refused(route, 'wrong token', bearer('wrong')),
  ],
  'own source': ({ method, target }, { assertion }) =>
    Promise.all(
      SOURCE_QUERIES.map(async (query) => ({
        what: `assertion of another source ${query}`,
        request: {
          method,
          target: `${target.replace(/(?<=[/]v1[/]sources[/])[^/]+/, 'iga')}${query}`,
          headers: [bearer(await assertion())],
        },
        statuses: FORBIDDEN,
      })),
    ),
  viewer,
  operator,
  admin: (route, world) => [...operator(route, world), lacking(route, 'operator', world)],
  client: (route, { client }) => {
    const form = route.target.startsWith('/oauth/') ? FORM_TYPE : JSON_TYPE
    const caseOf = (what: string, ...headers: readonly Header[]): GuardCase => ({
      what,
      request: { ...route, headers: [form, ...headers], body: bodyOf(route) },
      statuses: UNAUTHENTICATED,
    })
    return [
      caseOf('no client'),
      caseOf('wrong secret', credentialsOf({ ...client, secret: 'wrong' })),
      caseOf('unknown client', credentialsOf({ ...client, id: 'unknown' })),
      caseOf('two clients', credentialsOf(client), credentialsOf({ id: 'unknown', secret: 'x' })),
    ]
  },
  token: (route, { tokens }) => [
    ...unproven(route),
    refused(route, 'wrong token', bearer('wrong')),
    refused(route, 'stale token', bearer(tokens.stale)),
    refused(route, 'token with another letter', bearer(tampered(tokens.fresh))),
    refused(route, 'token in another scheme', ['authorization', `Basic ${tokens.fresh}`]),
    refused(route, 'two tokens', bearer(tokens.fresh), bearer(tokens.stale)),
    refused(route, 'two tokens, the other way round', bearer(tokens.stale), bearer(tokens.fresh)),
    {
      what: 'token in the query',
      request: { ...route, target: `${route.target}?access_token=${tokens.fresh}` },
      // nginx knows only 401 and 403.
      statuses: [...MALFORMED, ...FORBIDDEN],
    },
  ],
  form: (route, { client }) => bodies(route, credentialsOf(client), FORM_TYPE),
  json: (route, world) => bodies(route, credentials(route, world), JSON_TYPE),
  csrf: (route, { cookie }) => [
    {
      what: 'session without its token',
      request: { ...route, headers: [['cookie', cookie], JSON_TYPE], body: '{}' },
      statuses: FORBIDDEN,
    },
    {
      what: 'session with the token of another',
      request: {
        ...route,
        headers: [['cookie', cookie], ['x-freshet-csrf', 'x'], JSON_TYPE],
        body: '{}',
      },
      statuses: FORBIDDEN,
    },
  ],
}

/** Returns a bearer token (RFC 6750 §2.1). */
function bearer(token: string): Header {
  return ['authorization', `Bearer ${token}`]
}

/** Returns the credentials of a client. */
function credentialsOf({ id, secret }: GuardWorld['client']): Header {
  return ['authorization', basicOf(id, secret)]
}

/** Returns a small body that the route can read. */
function bodyOf({ target }: GuardedRoute): string {
  if (target.startsWith('/oauth/')) return 'token=x'
  return target.startsWith('/access/') ? JSON.stringify(evaluationOf()) : '{}'
}

function refused(route: GuardedRoute, what: string, ...headers: readonly Header[]): GuardCase {
  const body = route.method === 'GET' ? {} : { body: '{}' }
  return {
    what,
    request: { ...route, headers: [JSON_TYPE, ...headers], ...body },
    statuses: [...UNAUTHENTICATED, ...MALFORMED],
  }
}

function unproven(route: GuardedRoute): readonly GuardCase[] {
  return [
    refused(route, 'no credentials'),
    refused(route, 'empty credentials', bearer('')),
    refused(route, 'another scheme', ['authorization', 'Negotiate x']),
  ]
}

function lacking(route: GuardedRoute, role: 'viewer' | 'operator', world: GuardWorld): GuardCase {
  return { ...refused(route, role, bearer(world.admins[role])), statuses: FORBIDDEN }
}

/** Changes a letter in the middle of the signature: its last letter can have unused bits. */
function tampered(token: string): string {
  const at = token.length - 20
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

function credentials({ service }: GuardedRoute, { admins, client }: GuardWorld): Header {
  return service === 'authority' ? credentialsOf(client) : bearer(admins.admin)
}

function bodies(route: GuardedRoute, proof: Header, type: Header): readonly GuardCase[] {
  const sent = (what: string, header: Header, body: string, statuses: readonly number[]) => ({
    what,
    request: { ...route, headers: [proof, header], body },
    statuses,
  })
  return [
    sent('body that is too large', type, 'x'.repeat(BODY_BYTES), [413]),
    sent('body of another type', ['content-type', 'text/plain'], bodyOf(route), [400, 404, 415]),
    sent('body that cannot be read', type, '\u0000{', [400, 422]),
  ]
}

/** Returns a request that a guard accepts. The answer of the route behind the guard is not its concern. */
export async function guardControl(
  guard: Guard,
  route: GuardedRoute,
  world: GuardWorld,
): Promise<RawRequest> {
  const type = typeOf(route)
  const headers = [type, ...(await proofOf(guard, route, world))]
  const query = guard === 'own source' ? (SOURCE_QUERIES.at(-1) ?? '') : ''
  const request = { ...route, target: `${route.target}${query}`, headers }
  return route.method === 'GET' ? request : { ...request, body: bodyOf(route) }
}

async function proofOf(
  guard: Guard,
  { service, target }: GuardedRoute,
  world: GuardWorld,
): Promise<readonly Header[]> {
  const { admins, tokens } = world
  switch (guard) {
    case 'source':
    case 'source or admin':
    case 'own source':
      return [bearer(await world.assertion())]
    case 'viewer':
    case 'operator':
    case 'admin':
      return [bearer(admins[guard])]
    case 'token':
      return [bearer(tokens.fresh)]
    case 'csrf': {
      const { cookie, csrf } = await world.session()
      return [
        ['cookie', cookie],
        ['x-freshet-csrf', csrf],
      ]
    }
    case 'client':
    case 'form':
      return [credentialsOf(clientOf(target, world))]
    case 'json':
      return service === 'authority'
        ? [credentialsOf(clientOf(target, world))]
        : [bearer(admins.admin)]
  }
}

/** A resource server asks about tokens; any client requests them. */
function clientOf(target: string, { client, resource }: GuardWorld): GuardWorld['client'] {
  return target.startsWith('/access/') ? resource : client
}

function typeOf({ target }: GuardedRoute): Header {
  if (target === '/v1/changes') return ['content-type', 'application/cloudevents+json']
  return target.startsWith('/oauth/') ? FORM_TYPE : JSON_TYPE
}
