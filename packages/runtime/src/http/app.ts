import { FreshetError, type Clock } from '@freshet/protocol'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { matchedRoutes } from 'hono/route'
import { BUILD } from '../build-info.ts'
import { problemOf, type Problem } from '../errors/problem.ts'
import type { Logger } from '../logger.ts'
import { OwnerTurns } from '../overload/in-turns.ts'
import { addHealthRoutes, type Checks } from './health.ts'
import { notedRefusals, noteRefusal, type OnRefusal } from './refused-request.ts'
import type { RequestEnv } from './request-env.ts'

/** Largest request body, in bytes; above it 413. */
export const BODY_BYTES_MAX: number = 256 * 1_024
const PROBLEM_TYPE = 'application/problem+json'
const SERVER_FAULT = 500
/** The pattern of the parts that all routes share. It is the label of a request without a route. */
const SHARED = '/*'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * A request that was answered, in how long since it came. `route` is the pattern, so it has few
 * values.
 */
export interface AnsweredRequest {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly durationMs: number
  /** The header of the request, unread. */
  readonly traceparent?: string | undefined
}

/** The parts that the HTTP server of every service needs. */
export interface AppOptions {
  readonly logger: Logger
  readonly clock: Clock
  /** The checks by the names that `/readyz` shows. */
  readonly checks: Checks
  /** Checks that `/readyz?verbose` shows, and that do not decide whether the service is ready. */
  readonly notices?: Checks
  /** Aborted when the service ends: `/readyz` turns to 503. */
  readonly signal: AbortSignal
  /** The text of `/metrics` with its content type, in a format that the scraper accepts. */
  readonly metrics: (
    accept?: string,
  ) => Promise<{ readonly contentType: string; readonly text: string }>
  /** Called with every answer, for the request metrics. */
  readonly onAnswer?: (answered: AnsweredRequest) => void
  /** Called with every refusal, for its log line and its counter. */
  readonly onRefusal?: OnRefusal
  /**
   * Largest bodies in bytes, by method and path like `POST /v1/registry`; default: {@link BODY_BYTES_MAX} each. A path
   * that ends with `/*` names all paths below it.
   */
  readonly bodyBytesMax?: ReadonlyMap<string, number>
}

/** The options that an application without routes needs. */
export type BareAppOptions = Pick<
  AppOptions,
  'logger' | 'clock' | 'onAnswer' | 'onRefusal' | 'bodyBytesMax'
>

/**
 * A Hono application with `/livez`, `/readyz`, `/metrics` and `/v1/version`, besides what `createBareApp` gives.
 * `Accept` is disregarded, as RFC 9110 §12.5.1 allows: a proxy forwards what a browser sends for an
 * image, and needs a verdict rather than 406.
 */
export function createApp(options: AppOptions): Hono {
  const app = createBareApp(options)
  addHealthRoutes(app, options.checks, options.signal, options.notices)
  app.get('/v1/version', (c) => c.json({ ...BUILD, node: process.version }))
  const turns = new OwnerTurns()
  app.get('/metrics', async (c) => {
    await turns.take('metrics')
    const { contentType, text } = await options.metrics(c.req.header('accept'))
    return c.body(text, 200, { 'content-type': contentType })
  })
  return app
}

/**
 * A Hono application that has no route: a limit on bodies, problem+json for every error, and the
 * request metrics. Routes throw `FreshetError`. This function logs faults of ours, once.
 */
export function createBareApp(options: BareAppOptions): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    const startMs = options.clock.monotonicMs()
    await next()
    const durationMs = (envOf(c).waitedMs ?? 0) + options.clock.monotonicMs() - startMs
    const { method } = c.req
    const route = routeOf(c)
    const traceparent = c.req.header('traceparent')
    options.onAnswer?.({ route, method, status: c.res.status, durationMs, traceparent })
    const refusals = notedRefusals(c)
    for (const noted of refusals) options.onRefusal?.({ ...noted, route, method })
    envOf(c).onAnswered?.(refusals.length > 0)
  })
  app.use(limitBodies(options.bodyBytesMax))
  app.onError((thrown, c) => {
    const error = unlessHungUp(c, thrown)
    const answer = answerProblem(c, error)
    if (answer.status === SERVER_FAULT) options.logger.error({ err: error }, 'request failed')
    return answer
  })
  app.notFound((c) => answerUnrouted(app, c))
  return app
}

/**
 * Returns the pattern of the route that answered, or that a guard before it refused. Parts that routes share are none,
 * whether they are registered before the routes or after them.
 */
function routeOf(c: Context): string {
  const reached = matchedRoutes(c).slice(c.req.routeIndex)
  return reached.find(({ path }) => !path.endsWith('*'))?.path ?? SHARED
}

/** The data beside a request; empty without a server, as in a test. */
function envOf(c: Context): Partial<RequestEnv> {
  return Object(c.env) as Partial<RequestEnv>
}

/** Each path has its own limit, where it is exactly as named or below one that ends with `/*`. */
function limitBodies(larger: ReadonlyMap<string, number> = new Map()): MiddlewareHandler {
  const usual = limitBody(BODY_BYTES_MAX)
  const named = new Map([...larger].map(([route, bytesMax]) => [route, limitBody(bytesMax)]))
  const below = [...named].flatMap(([route, limit]) =>
    route.endsWith('/*') ? [{ start: route.slice(0, -1), limit }] : [],
  )
  return (c, next) => {
    const route = `${c.req.method} ${c.req.path}`
    const limit = named.get(route) ?? below.find(({ start }) => route.startsWith(start))?.limit
    return (limit ?? usual)(c, next)
  }
}

/**
 * A body whose length stands before it is not touched: Node reads no more than that, and what reads
 * a stream to count it costs as much as all the rest of a small request.
 */
function limitBody(bytesMax: number): MiddlewareHandler {
  const refuse = (c: Context): Response => answerProblem(c, tooLarge(bytesMax))
  const limitStream = bodyLimit({ maxSize: bytesMax, onError: refuse })
  return (c, next) => {
    const length = c.req.header('content-length')
    if (length === undefined || c.req.header('transfer-encoding') !== undefined)
      return limitStream(c, next)
    return Number(length) > bytesMax ? Promise.resolve(refuse(c)) : next()
  }
}

/** 405 where the path has a route of another method (RFC 9110 §15.5.6), else 404. */
function answerUnrouted(app: Hono, c: Context): Response {
  const allowed = METHODS.filter((method) => isRouted(app, method, c.req.path))
  if (allowed.length === 0) {
    return answerProblem(c, new FreshetError('request.not-found', 'No such route.'))
  }
  c.header('allow', allowed.join(', '))
  const message = `This route answers to ${allowed.join(', ')}.`
  return answerProblem(c, new FreshetError('request.method', message))
}

/** A handler for every method is no route but a part that all routes share. */
function isRouted(app: Hono, method: string, path: string): boolean {
  const [matched] = app.router.match(method, path)
  return matched.some(([[, route]]) => route.method === method)
}

/** The problem+json answer to an error, for a route that answers one itself. The refusal is noted. */
export function answerProblem(c: Context, error: unknown): Response {
  const problem = problemOf(error)
  noteRefusal(c, problem)
  const headers = { 'content-type': PROBLEM_TYPE, ...advice(problem) }
  const init = { status: problem.status, headers }
  return c.newResponse(JSON.stringify(problem), init as Parameters<typeof c.newResponse>[1])
}

function advice({ status, retryAfter }: Problem): Record<string, string> {
  if (retryAfter !== undefined) return { 'retry-after': String(retryAfter) }
  // The rest of the body is not read, so the connection cannot carry another request.
  return status === 413 ? { connection: 'close' } : {}
}

function tooLarge(bytesMax: number): FreshetError {
  return new FreshetError('request.too-large', `A body holds at most ${bytesMax} bytes.`)
}

/** The names and codes of errors by which Node and the HTTP server report that a body ended early. */
const CUT: ReadonlySet<unknown> = new Set([
  'AbortError',
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
])
const CUT_MESSAGE = 'Client connection prematurely closed.'

/**
 * Returns `request.malformed` in place of the error of reading a request that its client never sent whole, and every
 * other error as it is. The two together make it the client's act: the request is not whole, and the error is one
 * of reading.
 */
export function unlessHungUp(c: Context, error: unknown): unknown {
  const { incoming } = Object(c.env) as Partial<RequestEnv>
  if (incoming === undefined || incoming.complete || !incoming.destroyed) return error
  if (!isCut(error) && error !== incoming.errored) return error
  const message = 'The client closed the connection before its request was whole.'
  return new FreshetError('request.malformed', message, { cause: error })
}

function isCut(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof FreshetError) return false
  const { code } = error as NodeJS.ErrnoException
  return CUT.has(error.name) || CUT.has(code) || error.message === CUT_MESSAGE
}
