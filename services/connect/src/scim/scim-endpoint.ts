import { hash, timingSafeEqual } from 'node:crypto'
import { FreshetError, type RateLimit } from '@freshet/protocol'
import { Allowances, problemOf, requireJson, type Logger } from '@freshet/runtime'
import {
  badRequest,
  COUNT_MAX,
  errorBody,
  etagOf,
  isObject,
  resourceBody,
  ScimError,
  type JsonObject,
  type Provisioning,
  type ResourceKind,
  type Shown,
} from '@freshet/scim'
import { EventError, parseJson, type Timer } from '@freshet/wire'
import type { Context, Hono } from 'hono'
import { BULK_BYTES_MAX, runBulk, type OperationAnswer } from './scim-bulk.ts'
import { resourceTypes, schemas, serviceProviderConfig } from './scim-schemas.ts'

/** The path of all routes of a source in a tenant. */
const BASE = '/scim/:source/:tenant/v2'
/** Requests of one source and tenant. */
const REQUESTS: RateLimit = { perSecond: 500, burst: 2_000 }
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const RETRY_AFTER_S = 2

/** A source in a tenant that a provisioner sends to. */
export interface ScimEndpoint {
  readonly source: string
  readonly tenant: string
  /** The public address of `BASE`, without a slash at the end. */
  readonly base: string
  readonly tokenHashes: readonly string[]
  readonly provisioning: Provisioning
}

/** The parts that the routes need. */
export interface EndpointParts {
  readonly endpoints: readonly ScimEndpoint[]
  readonly timer: Timer
  readonly logger: Pick<Logger, 'error'>
}

/** The largest bodies of the routes, for `createApp`. */
export function scimBodies(endpoints: readonly ScimEndpoint[]): ReadonlyMap<string, number> {
  return new Map(
    endpoints.flatMap(({ source, tenant }) =>
      ['POST', 'PUT', 'PATCH'].map(
        (method) => [`${method} /scim/${source}/${tenant}/v2/*`, BULK_BYTES_MAX] as const,
      ),
    ),
  )
}

/** Adds the routes of SCIM 2.0 (RFC 7644). */
export function addScimRoutes(app: Hono, { endpoints, timer, logger }: EndpointParts): void {
  const allowances = new Allowances(REQUESTS)
  const known = new Map(
    endpoints.map((endpoint) => [`${endpoint.source} ${endpoint.tenant}`, endpoint]),
  )

  const route = (method: string, path: string, answer: Answering): void => {
    app.on(method, `${BASE}${path}`, async (c) => {
      try {
        const endpoint = admitted(c, known)
        const waitMs = allowances.take(`${endpoint.source} ${endpoint.tenant}`, 1, timer.nowMs())
        if (waitMs > 0) {
          c.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1_000))))
          throw new ScimError(429, undefined, 'Too many requests. Repeat this one later.')
        }
        return send(c, await answer(endpoint, c))
      } catch (error) {
        const refused = refusalOf(error)
        if (refused.status === 500) logger.error({ err: error }, 'a SCIM request failed')
        return send(c, refused)
      }
    })
  }

  for (const kind of ['User', 'Group'] as const) {
    route('GET', `/${kind}s`, (endpoint, c) => listed(endpoint, kind, c))
    route('POST', `/${kind}s`, async (endpoint, c) =>
      created(endpoint, await endpoint.provisioning.create(kind, await bodyOf(c))),
    )
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      route(method, `/${kind}s/:id`, async (endpoint, c) => {
        const data = method === 'PUT' || method === 'PATCH' ? await bodyOf(c) : undefined
        const id = c.req.param('id') ?? ''
        const answer = await changed(endpoint, kind, {
          method,
          id,
          data,
          ifMatch: c.req.header('if-match'),
        })
        if (method !== 'GET' || c.req.header('if-none-match') !== answer.etag)
          return { ...answer, body: selected(answer.body, c) }
        return { status: 304, etag: answer.etag }
      })
  }
  route('GET', '/ServiceProviderConfig', ({ base }) => ({
    status: 200,
    body: serviceProviderConfig(base),
  }))
  for (const [path, all] of [
    ['ResourceTypes', resourceTypes],
    ['Schemas', schemas],
  ] as const) {
    route('GET', `/${path}`, ({ base }) => ({ status: 200, body: listBody(all(base)) }))
    route('GET', `/${path}/:id`, ({ base }, c) => {
      const body = all(base).find(({ id }) => id === c.req.param('id'))
      if (body === undefined) throw new ScimError(404, undefined, 'There is no such resource.')
      return { status: 200, body }
    })
  }
  route('POST', '/Bulk', async (endpoint, c) => ({
    status: 200,
    body: await runBulk(await bodyOf(c), async ({ method, path, data, version }) => {
      try {
        return await operated(endpoint, { method, path, data, ifMatch: version })
      } catch (error) {
        return refusalOf(error)
      }
    }),
  }))
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) route(method, '/*', unrouted)
}

/** Methods of each path, for what no route answers. */
const PATHS: readonly (readonly [path: RegExp, methods: string])[] = [
  [/^\/(?:Users|Groups)$/, 'GET, POST'],
  [/^\/(?:Users|Groups)\/[^/]+$/, 'GET, PUT, PATCH, DELETE'],
  [/^\/(?:ServiceProviderConfig|(?:ResourceTypes|Schemas)(?:\/[^/]+)?)$/, 'GET'],
  [/^\/Bulk$/, 'POST'],
]

function unrouted({ source, tenant }: ScimEndpoint, c: Context): Answered {
  const path = c.req.path.slice(`/scim/${source}/${tenant}/v2`.length)
  if (path.endsWith('/.search'))
    throw new ScimError(
      501,
      undefined,
      'Searches by POST are not supported. Use GET with a filter.',
    )
  const [, methods] = PATHS.find(([form]) => form.test(path)) ?? []
  if (methods === undefined) throw new ScimError(404, undefined, 'There is no such path.')
  c.header('allow', methods)
  throw new ScimError(405, undefined, `This path answers to ${methods}.`)
}

interface Answered extends OperationAnswer {
  readonly etag?: string | undefined
  readonly retryAfter?: true
}

type Answering = (endpoint: ScimEndpoint, c: Context) => Answered | Promise<Answered>

/** @throws `ScimError` 401 without the token of the source and tenant; unknown ones have none */
function admitted(c: Context, endpoints: ReadonlyMap<string, ScimEndpoint>): ScimEndpoint {
  const endpoint = endpoints.get(`${c.req.param('source')} ${c.req.param('tenant')}`)
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  const digest = hash('sha256', token, 'buffer')
  const isKnown = (endpoint?.tokenHashes ?? [])
    .map((each) => timingSafeEqual(Buffer.from(each, 'hex'), digest))
    .includes(true)
  if (endpoint !== undefined && token !== '' && isKnown) return endpoint
  c.header('www-authenticate', 'Bearer')
  throw new ScimError(401, undefined, 'The bearer token is not that of the source and tenant.')
}

async function bodyOf(c: Context): Promise<unknown> {
  requireJson(c.req.header('content-type'))
  try {
    return parseJson(new Uint8Array(await c.req.arrayBuffer()), { maxBytes: BULK_BYTES_MAX })
  } catch (error) {
    if (error instanceof EventError)
      throw badRequest('invalidSyntax', 'The body is no strict JSON.')
    throw error
  }
}

async function listed(endpoint: ScimEndpoint, kind: ResourceKind, c: Context): Promise<Answered> {
  const filter = c.req.query('filter')
  const startIndex = numberOf(c, 'startIndex', 1)
  const count = numberOf(c, 'count', COUNT_MAX)
  const { total, shown } = await endpoint.provisioning.list(kind, {
    ...(filter !== undefined && { filter }),
    startIndex,
    count,
  })
  const resources = shown.map((each) => selected(bodyOfShown(endpoint, each), c))
  const body = { ...listBody(resources), totalResults: total, startIndex: Math.max(1, startIndex) }
  return { status: 200, body }
}

function numberOf(c: Context, name: string, absent: number): number {
  const text = c.req.query(name)
  if (text === undefined) return absent
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  throw badRequest('invalidValue', `${name} is no number.`)
}

function listBody(resources: readonly unknown[]): JsonObject {
  const { length } = resources
  return {
    schemas: [LIST],
    totalResults: length,
    startIndex: 1,
    itemsPerPage: length,
    Resources: resources,
  }
}

function bodyOfShown({ base }: ScimEndpoint, { resource, groups, members }: Shown): JsonObject {
  const related =
    resource.kind === 'User'
      ? {
          ...(groups.length > 0 && {
            groups: groups.map(({ value, display }) => ({
              value,
              display,
              $ref: `${base}/Groups/${value}`,
            })),
          }),
        }
      : {
          ...(members.size > 0 && {
            members: [...members].map((value) => ({
              value,
              type: 'User',
              $ref: `${base}/Users/${value}`,
            })),
          }),
        }
  return resourceBody(resource, base, related)
}

/** Leaves attributes out as `attributes` and `excludedAttributes` ask (RFC 7644 §3.9), by their first names. */
function selected(body: unknown, c: Context): unknown {
  const names = (query: string): ReadonlySet<string> | undefined => {
    const text = c.req.query(query)
    const first = (name: string): string => name.replace(/^urn:.*:/, '').split('.')[0] ?? ''
    return text === undefined
      ? undefined
      : new Set(text.split(',').map((name) => first(name.trim()).toLowerCase()))
  }
  const wanted = names('attributes')
  const excluded = names('excludedAttributes')
  if (!isObject(body) || (wanted === undefined && excluded === undefined)) return body
  const isShown = (name: string): boolean =>
    ['schemas', 'id'].includes(name) ||
    ((wanted?.has(name.toLowerCase()) ?? true) && excluded?.has(name.toLowerCase()) !== true)
  return Object.fromEntries(Object.entries(body).filter(([name]) => isShown(name)))
}

function created(endpoint: ScimEndpoint, shown: Shown): Answered {
  const { id, kind } = shown.resource
  return {
    ...shownAnswer(endpoint, shown),
    status: 201,
    location: `${endpoint.base}/${kind}s/${id}`,
    id,
  }
}

function shownAnswer(endpoint: ScimEndpoint, shown: Shown): Answered {
  const { version } = shown.resource
  return { status: 200, body: bodyOfShown(endpoint, shown), etag: etagOf(version) }
}

interface Change {
  readonly method: string
  readonly id: string
  readonly data: unknown
  readonly ifMatch: string | undefined
}

async function changed(
  endpoint: ScimEndpoint,
  kind: ResourceKind,
  { method, id, data, ifMatch }: Change,
): Promise<Answered> {
  const { provisioning } = endpoint
  switch (method) {
    case 'PUT':
      return shownAnswer(endpoint, await provisioning.replace(kind, id, data, ifMatch))
    case 'PATCH': {
      const shown = await provisioning.patch(kind, id, data, ifMatch)
      // A group can have thousands of members, and no provisioner reads them from this answer.
      if (kind === 'Group') return { status: 204, etag: etagOf(shown.resource.version) }
      return shownAnswer(endpoint, shown)
    }
    case 'DELETE':
      await provisioning.remove(kind, id, ifMatch)
      return { status: 204 }
    default:
      return shownAnswer(endpoint, await provisioning.read(kind, id))
  }
}

/** Carries out one operation of a bulk request. */
async function operated(
  endpoint: ScimEndpoint,
  { method, path, data, ifMatch }: Omit<Change, 'id'> & { readonly path: string },
): Promise<Answered> {
  const [, name, id] = /^\/(User|Group)s(?:\/([^/]+))?$/.exec(path) ?? []
  const kind = name as ResourceKind | undefined
  if (kind === undefined || (method === 'POST') !== (id === undefined))
    throw badRequest('invalidPath', 'The `path` of the operation is none of a user or group.')
  if (id === undefined) return created(endpoint, await endpoint.provisioning.create(kind, data))
  const answer = await changed(endpoint, kind, { method, id, data, ifMatch })
  return { ...answer, location: `${endpoint.base}/${kind}s/${id}` }
}

function refusalOf(error: unknown): Answered {
  if (error instanceof ScimError) {
    const { status, message, scimType } = error
    return { status, body: errorBody(status, message, scimType) }
  }
  const { status, detail } = problemOf(error)
  const isPassing = error instanceof FreshetError && error.disposition === 'retry'
  if (!isPassing) return { status, body: errorBody(status, detail) }
  return { status: 503, body: errorBody(503, detail), retryAfter: true }
}

function send(c: Context, { status, body, etag, location, retryAfter }: Answered): Response {
  if (etag !== undefined) c.header('etag', etag)
  if (location !== undefined) c.header('location', location)
  if (retryAfter === true) c.header('retry-after', String(RETRY_AFTER_S))
  if (body === undefined) return c.newResponse(null, status as 204)
  c.header('content-type', 'application/scim+json')
  return c.newResponse(JSON.stringify(body), status as 200)
}
