import { explainToken, type JudgeDependencies } from '@freshet/authority'
import { FreshetError, subjectKey } from '@freshet/domain'
import type { Observatory } from '@freshet/observatory'
import type { LogReader, VerifyKey } from '@freshet/events'
import type { VersionStore } from '@freshet/policy'
import { bearerAdmin, requireRole, type AdminToken } from '@freshet/runtime'
import type { Hono, MiddlewareHandler } from 'hono'
import { pipelineJson } from './pipeline-json.ts'
import { registryJson, type LoadedRegistry } from './registry-json.ts'
import { addQuarantineRoutes, type QuarantineParts } from './quarantine-routes.ts'
import { readTokenQuestion, wrongToken } from './token-question.ts'
import { edgeJson, subjectViewJson, timelineJson, tokenJson } from './wire.ts'

/** What the console's routes answer from. */
export interface ConsoleParts extends QuarantineParts {
  readonly observatory: Observatory
  /** Asked how far the topics reach. */
  readonly reader: Pick<LogReader, 'bounds' | 'read'>
  readonly judging: Omit<JudgeDependencies, 'keys' | 'loaded'>
  /** The policy version that counts, as far as this process has it. */
  readonly loaded: () => LoadedRegistry
  /** Who published and ordered it. */
  readonly history: Pick<VersionStore, 'find' | 'ordered'>
  /** The authority's token keys; asked for when a whole token is to be explained. */
  readonly tokenKeys: () => Promise<readonly VerifyKey[]>
  /** Nothing under /v1 answers to anybody else. */
  readonly admins: readonly AdminToken[]
}

const API_VERSION = 'freshet.dev/v1'

/** Adds the console's JSON routes. All are read-only. */
export function addConsoleRoutes(app: Hono, parts: ConsoleParts): void {
  const { observatory, loaded } = parts
  const judging = () => ({ ...parts.judging, loaded: loaded() })
  app.use('/v1/*', viewersOnly(parts.admins))
  addStandingRoutes(app, parts)
  addQuarantineRoutes(app, parts)
  app.get('/v1/changes/:id', async (c) => {
    const timelines = await observatory.change(c.req.param('id'))
    if (timelines.length === 0) throw unknown('change')
    return c.json({ apiVersion: API_VERSION, items: timelines.map(timelineJson) })
  })
  app.get('/v1/tokens/:jti', async (c) => {
    const explained = await explainToken(c.req.param('jti'), { ...judging(), keys: [] })
    if (!explained) throw unknown('token')
    return c.json({ apiVersion: API_VERSION, ...tokenJson(explained) })
  })
  app.post('/v1/tokens/explain', async (c) => {
    const token = readTokenQuestion(new Uint8Array(await c.req.arrayBuffer()))
    const deps = { ...judging(), keys: await parts.tokenKeys() }
    const explained = await explainToken(token, deps).catch(wrongToken)
    if (!explained) throw unknown('token')
    return c.json({ apiVersion: API_VERSION, ...tokenJson(explained) })
  })
  app.get('/v1/subjects/:sub', async (c) => {
    const { tenant, iss } = c.req.query()
    if (!tenant || !iss) {
      throw new FreshetError('request.malformed', 'Query parameters tenant and iss are required.')
    }
    const view = await observatory.subject(subjectKey({ tenant, iss, sub: c.req.param('sub') }))
    return c.json({ apiVersion: API_VERSION, ...subjectViewJson(view) })
  })
}

/** How everything stands now, and by which registry. */
function addStandingRoutes(
  app: Hono,
  { observatory, loaded, history, reader }: ConsoleParts,
): void {
  app.get('/v1/status', async (c) => {
    const policy = loaded()
    const view = await observatory.pipeline(policy.registry, reader)
    return c.json({ apiVersion: API_VERSION, ...pipelineJson(view, policy) })
  })
  app.get('/v1/edges', async (c) => {
    const edges = await observatory.edges()
    return c.json({ apiVersion: API_VERSION, items: edges.map(edgeJson) })
  })
  app.get('/v1/registry', async (c) => {
    const policy = loaded()
    const { version: pv } = policy.registry
    const [published, ordered] = await Promise.all([history.find(pv), history.ordered(pv)])
    const isThis = published?.hash === policy.hash
    const told = { published: isThis ? published : undefined, ordered }
    return c.json({ apiVersion: API_VERSION, ...registryJson(policy, told) })
  })
}

function viewersOnly(admins: readonly AdminToken[]): MiddlewareHandler {
  return async (c, next) => {
    requireRole(bearerAdmin(c.req.header('authorization'), admins), 'viewer')
    await next()
  }
}

function unknown(thing: string): FreshetError {
  return new FreshetError('request.not-found', `No ${thing} of that id is known.`)
}
