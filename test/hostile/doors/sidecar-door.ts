import { isDeepStrictEqual } from 'node:util'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { partitionOf } from '@freshet/domain'
import {
  ALICE,
  answeringValidator,
  EDGE_AUDIENCE,
  edgesIn,
  edgeWorld,
  type EdgeWorld,
} from '@freshet/testkit'
import { authzDoor } from '../../../services/sidecar/src/authz-door.ts'
import { addAuthzRoutes } from '../../../services/sidecar/src/authz-routes.ts'
import { addSidecarRoutes } from '../../../services/sidecar/src/routes.ts'
import type { Door, Sample } from '../mutation/door.ts'
import {
  bearerOf,
  jsonOf,
  pathOf,
  requestOf,
  type HostileAnswer,
  type HostileRequest,
} from '../mutation/request.ts'
import { TokenBook } from '../mutation/token-book.ts'
import { publicSamples, quietApp } from './quiet-app.ts'

const GROUPS = ['payments-approvers', 'staff']

/** A token that the world’s authority signed. */
interface Known {
  /** Claims that were reduced after it was minted: stale for whoever uses them, and for nobody else. */
  readonly stale: readonly string[]
}

/**
 * A sidecar with a live edge over memory, and an authority that calls everything fresh; alice lost something after her old token was minted.
 */
export async function sidecarDoor(): Promise<Door> {
  const world = await edgeWorld()
  const edge = await edgesIn(world).live({ validator: answeringValidator({ kind: 'fresh' }) })
  const book = new TokenBook<Known>()
  const stale = book.add(world.token(), { stale: ['groups'] })
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  await world.clock.advance(0)
  const fresh = book.add(world.token({ label: { e: 1n, s: 101n, c: 100n } }), { stale: [] })
  const app = quietApp(world.clock)
  const metrics = edgeMetrics(createMetrics({ version: '0', commit: '0' }))
  addSidecarRoutes(app, { edge, metrics })
  addAuthzRoutes(app, { edge, metrics, audience: EDGE_AUDIENCE, routes: undefined })
  const outer = authzDoor(app)
  return {
    name: 'sidecar',
    app: {
      routes: app.routes,
      request: (request: Request) => outer.fetch(request, {}),
    } as Door['app'],
    samples: samplesOf(world, book, { fresh, stale }),
    state: () => [],
    pause: () => Promise.resolve(),
    judge: ({ request }, answer) => judge(book, request, answer),
  }
}

function samplesOf(
  world: EdgeWorld,
  book: TokenBook<Known>,
  tokens: { readonly fresh: string; readonly stale: string },
): readonly Sample[] {
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
    proxied('GET /authz/generic', tokens.fresh, 'require.groups=staff&risk=normal'),
    proxied('GET /authz/generic', tokens.stale, 'require.groups=staff'),
    proxied('GET /authz/nginx', tokens.fresh, 'require.groups=admins'),
    ...publicSamples,
  ]
}

/** As a proxy asks. Its query is its own configuration; the headers are the client’s. */
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

/** A question that a person would answer with yes. */
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

/** Below `/authz/generic/` stands what a client asked for: there the query asks for nothing. */
function mayPass(book: TokenBook<Known>, request: HostileRequest): boolean {
  const [target = ''] = request.path.split('#')
  const { pathname, searchParams } = new URL(target, 'http://door.test')
  const token = bearerOf(request) ?? ''
  if (pathname.startsWith('/authz/generic/')) return book.find(token) !== undefined
  const require: Record<string, string[]> = {}
  const rest: Record<string, string> = {}
  for (const [name, value] of searchParams) {
    const claim = name.startsWith('require.') ? name.slice('require.'.length) : ''
    if (claim === '') rest[name] = value
    else (require[claim] ??= []).push(value)
  }
  return mayAllow(book, { token, require, ...rest })
}
