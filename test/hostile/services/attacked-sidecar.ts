import { isDeepStrictEqual } from 'node:util'
import type { Edge } from '@freshet/edge'
import type { OnRefusal } from '@freshet/runtime'
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
import { samplesOf } from '../../requests/operation.ts'
import {
  appendedOperations,
  proxyOperations,
  sidecarOperations,
  type SidecarTokens,
} from '../../requests/sidecar-requests.ts'
import type { AttackedService } from '../mutation/attacked-service.ts'
import {
  bearerOf,
  jsonOf,
  pathOf,
  type HostileAnswer,
  type HostileRequest,
} from '../../requests/request.ts'
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
  const label = { e: 1n, s: 101n, c: 100n }
  const fresh = book.add(world.token({ label }), { stale: [] })
  const unseen = (): string => book.add(world.token({ label }), { stale: [] })
  const tokens: SidecarTokens = { fresh, stale, unseen }
  const isMain = port === 'main'
  const { app, onPort: outer } = sidecarApp(edge, world, { port })
  const raw = {
    routes: app.routes,
    request: (request: Request, _init?: unknown, env: RawEnvironment = environmentOf(request)) =>
      outer.fetch(request, env),
  } as AttackedService['app']
  return {
    name: isMain ? 'sidecar' : 'sidecar, for proxies',
    app: isMain ? conforming(raw, addOpenApi) : raw,
    samples: isMain
      ? [...samplesOf(sidecarOperations, tokens), ...publicSamples]
      : [...samplesOf(proxyOperations, tokens), ...samplesOf(appendedOperations, tokens)],
    state: () => [],
    pause: () => Promise.resolve(),
    judge: ({ request }, answer) => judge(book, request, answer),
  }
}

/** The differences of a sidecar from one that declares no routes. */
export interface SidecarOptions {
  readonly port?: 'main' | 'proxy'
  readonly routes?: Parameters<typeof addAuthzRoutes>[1]['routes']
  readonly onRefusal?: OnRefusal
}

/** Returns the routes of a sidecar in front of an edge, and the same behind one of its ports. */
export function sidecarApp(
  edge: Edge,
  { clock }: Pick<EdgeWorld, 'clock'>,
  { port = 'main', routes, onRefusal }: SidecarOptions = {},
) {
  const metrics = edgeMetrics(createMetrics({ version: '0', commit: '0' }))
  const isMain = port === 'main'
  const app = isMain ? quietApp(clock, onRefusal) : quietBareApp(clock)
  if (isMain) addSidecarRoutes(app, { edge, metrics })
  addAuthzRoutes(app, { edge, metrics, audience: EDGE_AUDIENCE, routes })
  return { app, onPort: (isMain ? onMainPort : onProxyPort)(app) }
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
