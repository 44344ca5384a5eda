import { FreshetError, type RateLimit } from '@freshet/protocol'
import { REGISTRY_BYTES_MAX } from '@freshet/registry'
import { JSON_BYTES_MAX, parseTraceparent, TRACEPARENT } from '@freshet/wire'
import type { Acceptance, SourceSequence, SourceStatus } from '@freshet/intake'
import type { WorkSpan } from '@freshet/telemetry'
import {
  Allowances,
  Attempts,
  noteRefusal,
  peerOf,
  unlessHungUp,
  type AttemptLimits,
  type AttemptParts,
} from '@freshet/runtime'
import type { Context, Hono } from 'hono'
import { postCutOff, type CutOffDeps } from './orders/cut-offs.ts'
import {
  batchResponse,
  eventAnswer,
  singleResponse,
  type EventAnswer,
} from './changes/answer-changes.ts'
import { postClearing } from './orders/doubts.ts'
import { postErasure, type ErasureDeps } from './orders/erasures.ts'
import { postEpoch, postHeartbeat, type HeartbeatDeps } from './changes/heartbeats.ts'
import { postClosing, postGrant, type GrantDeps } from './orders/grants.ts'
import { requestProblem, problemResponse, problemsIn } from './problems.ts'
import { postDrop, postReplay, type QuarantineDeps } from './orders/quarantine.ts'
import { readChanges, type ReadChanges } from './changes/read-changes.ts'
import type { RefusedChanges } from './changes/refused-changes.ts'
import { GATEWAY_BODIES, postRegistry, type RegistryDeps } from './orders/registry-versions.ts'
import { sequenceBody, sourceBody } from './changes/source-body.ts'
import { getSourceState, type SourceStateDeps } from './changes/source-state.ts'
import { bearerSource, readSignedRequest } from './changes/signed-request.ts'

const SERVER_FAULT = 500
/** Only what a source signed counts here. */
const SIGNED_ALONE: readonly string[] = ['/v1/changes', '/v1/heartbeats']
const SOURCES = '/v1/sources/'
const COMPACT_JWS = /^[\w-]+\.[\w-]*\.[\w-]+$/

/** The bytes of the bodies of one admin, so that reading them leaves time for sources. */
const ADMIN_BODY_BYTES: RateLimit = { perSecond: REGISTRY_BYTES_MAX, burst: 4 * REGISTRY_BYTES_MAX }

/** The parts that the routes of the gateway work with. */
export interface GatewayDeps
  extends
    HeartbeatDeps,
    SourceStateDeps,
    CutOffDeps,
    GrantDeps,
    RegistryDeps,
    QuarantineDeps,
    ErasureDeps {
  /** `sourceStatus` of intake, with its parts. */
  readonly sourceStatus: (source: string, tenant?: string) => Promise<readonly SourceStatus[]>
  /** `sourceSequence` of intake, with its parts. */
  readonly sourceSequence: (source: string, tenant: string) => Promise<SourceSequence>
  /** The changes that sources are not allowed to send. */
  readonly refused: RefusedChanges
  /** A trace context for a request that brings none. */
  readonly newTraceparent: () => string
  /** The limits on wrong admin tokens. Default: those of `Attempts`. */
  readonly tokenLimits?: AttemptLimits | undefined
  /** Called for each admin token that is refused. */
  readonly onTokenRefused?: AttemptParts['onRefused']
  /** Begins the span of a request that a `traceparent` came with; absent: nothing is traced. */
  readonly beginSpan?: ((parent: string | undefined) => WorkSpan) | undefined
}

/** Counts wrong admin tokens by address, and charges the bodies of right ones before they are read. */
function limitAdmins(app: Hono, deps: GatewayDeps): void {
  const { clock, logger, audit, tokenLimits: limits, onTokenRefused: onRefused } = deps
  const guards = { clock, logger, audit, limits, onRefused }
  const attempts = new Attempts({ guessed: 'admin token', ...guards })
  const bodies = new Allowances(ADMIN_BODY_BYTES)
  const takeBody = (c: Context, admin: string): void => {
    const isOfUnknownLength = c.req.header('transfer-encoding') !== undefined
    const length = c.req.header('content-length')
    const bytesMax = GATEWAY_BODIES.get(`POST ${c.req.path}`) ?? JSON_BYTES_MAX
    const bytes = Number(length ?? (isOfUnknownLength ? bytesMax : 0))
    const retryAfterMs = bodies.take(admin, bytes, clock.monotonicMs())
    if (retryAfterMs === 0) return
    const message = `Admin ${admin} has reached the limit of ${ADMIN_BODY_BYTES.perSecond} bytes a second.`
    throw new FreshetError('limit.reached', message, { retryAfterMs })
  }
  app.use('/v1/*', async (c, next) => {
    if (isAdminToken(c)) {
      const admin = await deps.adminOf(c.req.raw)
      await attempts.count(peerOf(c), admin !== undefined)
      if (admin !== undefined && c.req.method === 'POST') takeBody(c, admin.name)
    }
    await next()
  })
}

/** Adds the routes of sources, and those of operators that write. */
export function addGatewayRoutes(app: Hono, deps: GatewayDeps): void {
  limitAdmins(app, deps)
  app.post('/v1/changes', (c) => guarded(c, deps, () => postChanges(deps, c)))
  app.post('/v1/heartbeats', (c) => guarded(c, deps, () => postHeartbeat(deps, c)))
  app.post('/v1/sources/:source/epochs', (c) =>
    guarded(c, deps, () => postEpoch(deps, c, c.req.param('source'))),
  )
  app.get('/v1/sources/:source/state', (c) =>
    guarded(c, deps, () => getSourceState(deps, c.req.raw, c.req.param('source'))),
  )
  app.get('/v1/sources/:source', (c) =>
    guarded(c, deps, () => getSource(deps, c.req.raw, c.req.param('source'))),
  )
  app.post('/v1/cut-offs', (c) =>
    guarded(c, deps, () => postCutOff(deps, c.req.raw, traceparentOf(deps, c.req.raw))),
  )
  app.post('/v1/openings', (c) =>
    guarded(c, deps, () => postGrant(deps, c.req.raw, traceparentOf(deps, c.req.raw))),
  )
  app.post('/v1/openings/:id/close', (c) =>
    guarded(c, deps, () => {
      const sent = { request: c.req.raw, traceparent: traceparentOf(deps, c.req.raw) }
      return postClosing(deps, sent, c.req.param('id'))
    }),
  )
  app.post('/v1/erasures', (c) => guarded(c, deps, () => postErasure(deps, c.req.raw)))
  app.post('/v1/registry', (c) => guarded(c, deps, () => postRegistry(deps, c.req.raw)))
  app.post('/v1/quarantine/:id/replay', (c) =>
    guarded(c, deps, () => postReplay(deps, c.req.raw, c.req.param('id'))),
  )
  app.post('/v1/quarantine/:id/drop', (c) =>
    guarded(c, deps, () => postDrop(deps, c.req.raw, c.req.param('id'))),
  )
  app.post('/v1/quarantine/:id/clear', (c) =>
    guarded(c, deps, () => {
      const sent = { request: c.req.raw, traceparent: traceparentOf(deps, c.req.raw) }
      return postClearing(deps, sent, c.req.param('id'))
    }),
  )
}

/** A bearer token where an admin's is compared, but for the assertion of a source that looks at itself. */
function isAdminToken(c: Context): boolean {
  const [, token] = /^Bearer +([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (token === undefined || SIGNED_ALONE.includes(c.req.path)) return false
  return !(c.req.path.startsWith(SOURCES) && COMPACT_JWS.test(token))
}

async function guarded(
  c: Context,
  deps: GatewayDeps,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer()
  } catch (thrown) {
    const error = unlessHungUp(c, thrown)
    const problem = requestProblem(error)
    noteRefusal(c, problem)
    if (problem.status === SERVER_FAULT) deps.logger.error({ err: error }, 'request failed')
    return problemResponse(problem)
  }
}

async function postChanges(deps: GatewayDeps, c: Context): Promise<Response> {
  const request = c.req.raw
  const span = deps.beginSpan?.(request.headers.get(TRACEPARENT) ?? undefined)
  try {
    const response = await takeChanges(deps, c, span?.traceparent ?? traceparentOf(deps, request))
    span?.answer(response.status)
    return response
  } catch (error) {
    span?.answer(requestProblem(error).status)
    span?.fail(error)
    throw error
  } finally {
    span?.end()
  }
}

async function takeChanges(deps: GatewayDeps, c: Context, traceparent: string): Promise<Response> {
  const request = c.req.raw
  const signed = await readSignedRequest(c, deps.keys, 'requests')
  const { source } = signed
  const { budgets } = deps.intake
  const read = await readChanges(signed, request.headers, {
    nextTurn: () => deps.turns.take(`changes of ${source}`),
    roomFor: (count) => budgets.roomFor(source, count),
    chargeUnreadable: () => budgets.takeUnreadable(source),
  })
  const answers = await accept(deps, source, read, traceparent)
  noteRefusal(c, ...problemsIn(answers))
  for (const answer of answers) {
    if (answer.status === SERVER_FAULT) deps.logger.error({ id: answer.id }, 'event failed')
  }
  return read.isBatch ? batchResponse(answers) : singleResponse(answers[0])
}

/** Answers in the order of the request: events that could not be read keep their places. */
async function accept(
  { intake, audit, refused }: GatewayDeps,
  source: string,
  { events }: ReadChanges,
  traceparent: string,
): Promise<readonly EventAnswer[]> {
  const envelopes = events.flatMap((event) =>
    event.ok ? [{ traceparent, ...event.envelope }] : [],
  )
  const acceptances = await intake.acceptChanges(source, envelopes)
  const changes = envelopes.map(({ change }) => change)
  await audit.append(refused.entriesOf(source, changes, acceptances))
  const next = acceptances[Symbol.iterator]()
  return events.map((event) => {
    if (!event.ok) return { ...requestProblem(event.error), ...(event.id && { id: event.id }) }
    return eventAnswer(next.next().value as Acceptance)
  })
}

function traceparentOf({ newTraceparent }: GatewayDeps, request: Request): string {
  const sent = request.headers.get(TRACEPARENT) ?? undefined
  return sent !== undefined && parseTraceparent(sent) ? sent : newTraceparent()
}

async function getSource(deps: GatewayDeps, request: Request, source: string): Promise<Response> {
  await admitTo(deps, request, source)
  const query = new URL(request.url).searchParams
  const tenant = query.get('tenant') ?? undefined
  const only = query.get('only')
  if (only !== null) return getSequence(deps, source, { tenant, only })
  const feeds = (await deps.sourceStatus(source, tenant)).map(sourceBody)
  return Response.json(tenant === undefined ? { source, feeds } : { source, ...feeds[0] })
}

/** The route of a source that asks before each of its heartbeats. */
async function getSequence(
  { sourceSequence }: GatewayDeps,
  source: string,
  { tenant, only }: { readonly tenant: string | undefined; readonly only: string },
): Promise<Response> {
  if (only !== 'sequence' || tenant === undefined) {
    const message = '`only` can be `sequence`, beside a `tenant`.'
    throw new FreshetError('request.malformed', message)
  }
  return Response.json({ source, tenant, ...sequenceBody(await sourceSequence(source, tenant)) })
}

/** A source may see itself, and an admin every source. */
async function admitTo(deps: GatewayDeps, request: Request, source: string): Promise<void> {
  if ((await deps.adminOf(request)) !== undefined) return
  const signer = await bearerSource(request, deps.keys)
  if (signer !== source) {
    const message = `Source ${signer} may see itself alone.`
    throw new FreshetError('request.forbidden', message)
  }
}
