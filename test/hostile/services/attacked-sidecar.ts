import { isDeepStrictEqual } from 'node:util'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { partitionOf } from '@freshet/protocol'
import {
  ALICE,
  answeringValidator,
  EDGE_AUDIENCE,
  edgesIn,
  edgeWorld,
  type EdgeWorld,
} from '@freshet/testkit'
import { onMainPort, onProxyPort } from '../../../services/sidecar/src/authz-ports.ts'
import { addAuthzRoutes } from '../../../services/sidecar/src/authz-routes.ts'
import { addOpenApi } from '../../../services/sidecar/src/openapi.ts'
import { conforming } from '../../setup/conforming-app.ts'
import { addSidecarRoutes } from '../../../services/sidecar/src/routes.ts'
import type { AttackedService, Sample } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  jsonOf,
  pathOf,
  requestOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'
import { TokenBook } from '../mutation/token-book.ts'
import { publicSamples, quietApp, quietBareApp } from './quiet-app.ts'

const GROUPS = ['payments-approvers', 'staff']

/** A token that the world’s authority signed. */
interface Known {
  /** Claims that were reduced after its mint: stale for requests that use them, and for no others. */
  readonly stale: readonly string[]
}

/**
 * A sidecar with a live edge over memory, and an authority that calls everything fresh. Alice lost a value
 * after her old token was minted.
 */
export async function attackedSidecar(port: 'main' | 'proxy' = 'main'): Promise<AttackedService> {
  const world = await edgeWorld()
  const edge = await edgesIn(world).live({ validator: answeringValidator({ kind: 'fresh' }) })
  const book = new TokenBook<Known>()
  const stale = book.add(world.token(), { stale: ['groups'] })
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  await world.clock.advance(0)
  const fresh = book.add(world.token({ label: { e: 1n, s: 101n, c: 100n } }), { stale: [] })
  const metrics = edgeMetrics(createMetrics({ version: '0', commit: '0' }))
  const isMain = port === 'main'
  const app = isMain ? quietApp(world.clock) : quietBareApp(world.clock)
  if (isMain) addSidecarRoutes(app, { edge, metrics })
  addAuthzRoutes(app, { edge, metrics, audience: EDGE_AUDIENCE, routes: undefined })
  const outer = (isMain ? onMainPort : onProxyPort)(app)
  const raw = {
    routes: app.routes,
    request: (request: Request, _init?: unknown, env: RawEnvironment = environmentOf(request)) =>
      outer.fetch(request, env),
  } as AttackedService['app']
  return {
    name: isMain ? 'sidecar' : 'sidecar, for proxies',
    app: isMain ? conforming(raw, addOpenApi) : raw,
    samples: isMain ? mainSamples(world, book, { fresh, stale }) : proxySamples({ fresh, stale }),
    state: () => [],
    pause: () => Promise.resolve(),
    judge: ({ request }, answer) => judge(book, request, answer),
  }
}

/** The part of the server's environment that holds the raw target. */
interface RawEnvironment {
  readonly incoming: { readonly url: string }
}

/** Without a socket there is no raw target, so this returns the one that the platform made of it. */
function environmentOf({ url }: Request): RawEnvironment {
  const { pathname, search } = new URL(url)
  return { incoming: { url: `${pathname}${search}` } }
}

interface Tokens {
  readonly fresh: string
  readonly stale: string
}

/** Returns requests to the two addresses that a proxy configures. */
function configuredSamples({ fresh, stale }: Tokens): readonly Sample[] {
  return [
    proxied('GET /authz/generic', fresh, 'require.groups=staff&risk=normal'),
    proxied('GET /authz/generic', stale, 'require.groups=staff'),
    proxied('GET /authz/nginx', fresh, 'require.groups=admins'),
    proxied('GET /authz/nginx', fresh, 'require.groups=staff'),
  ]
}

/** Returns the same, and a client’s path that a proxy appends. */
function proxySamples(tokens: Tokens): readonly Sample[] {
  const appended = (name: string, token: string): Sample => ({
    name: `GET /authz/generic/approve${name}`,
    route: 'ALL /authz/generic',
    make: () =>
      requestOf('GET', '/authz/generic/approve?amount=7', { authorization: `Bearer ${token}` }),
  })
  return [
    ...configuredSamples(tokens),
    appended('', tokens.fresh),
    appended(', stale token', tokens.stale),
  ]
}

function mainSamples(world: EdgeWorld, book: TokenBook<Known>, tokens: Tokens): readonly Sample[] {
  const check = (name: string, question: () => object): Sample => ({
    name,
    route: 'POST /v1/check',
    make: () => requestOf('POST', '/v1/check', { 'content-type': 'application/json' }, question()),
  })
  const label = { e: 1n, s: 101n, c: 100n }
  const require = { groups: ['payments-approvers'] }
  return [
    check('a token seen before', () => ({ token: tokens.fresh, require })),
    check('a new token', () => ({
      token: book.add(world.token({ label }), { stale: [] }),
      audience: EDGE_AUDIENCE,
      require,
    })),
    check('more than it grants', () => ({ token: tokens.fresh, require: { groups: ['admins'] } })),
    check('a stale token', () => ({ token: tokens.stale, require })),
    check('a high risk', () => ({ token: tokens.fresh, require, risk: 'high' })),
    ...configuredSamples(tokens),
    ...publicSamples,
  ]
}

/** Returns a question of a proxy. Its query is its own configuration; the headers are the client’s. */
function proxied(line: string, token: string, query: string): Sample {
  const path = line.replace('GET ', '')
  return {
    name: `${line}?${query}`,
    route: `ALL ${path}`,
    make: () => requestOf('GET', `${path}?${query}`, { authorization: `Bearer ${token}` }),
  }
}

function judge(
  book: TokenBook<Known>,
  request: HostileRequest,
  { status, body }: HostileAnswer,
): string | undefined {
  if (pathOf(request).startsWith('/authz')) {
    return status >= 300 || mayPass(book, request) ? undefined : `let pass with ${status}`
  }
  if (status !== 200 || !body.includes('"decision":"allow"')) return undefined
  return mayAllow(book, jsonOf(request)) ? undefined : `allowed: ${body}`
}

/** Returns whether a person would answer the question with yes. */
function mayAllow(book: TokenBook<Known>, question: unknown): boolean {
  const { token, audience, require, risk, ...rest } = Object(question) as Record<string, unknown>
  const known = book.find(String(token))
  if (!isDeepStrictEqual(rest, {}) || known === undefined) return false
  if (audience !== undefined && audience !== EDGE_AUDIENCE) return false
  if (risk !== undefined && risk !== 'normal' && risk !== 'high') return false
  return Object.entries(Object(require) as object).every(([claim, values]) => {
    const wanted = values as unknown
    if (!Array.isArray(wanted) || known.stale.includes(claim)) return false
    return claim === 'groups'
      ? wanted.every((value) => GROUPS.includes(String(value)))
      : wanted.length === 0
  })
}

/** The path behind `/authz/generic/` is the client’s: there the query requires nothing. */
function mayPass(book: TokenBook<Known>, request: HostileRequest): boolean {
  const [target = ''] = request.path.split('#')
  const { pathname, searchParams } = new URL(target, 'http://service.test')
  const token = bearerOf(request) ?? ''
  if (pathname.startsWith('/authz/generic/')) return book.find(token)?.stale.length === 0
  const require: Record<string, string[]> = {}
  const rest: Record<string, string> = {}
  for (const [name, value] of searchParams) {
    const claim = name.startsWith('require.') ? name.slice('require.'.length) : ''
    if (claim === '') rest[name] = value
    else (require[claim] ??= []).push(value)
  }
  return mayAllow(book, { token, require, ...rest })
}
