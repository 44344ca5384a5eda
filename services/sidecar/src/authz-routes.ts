import { errorCodes, FreshetError } from '@freshet/protocol'
import {
  accessToken,
  type Decision,
  type Edge,
  type Refusal,
  type SenderProof,
} from '@freshet/edge'
import { noteRefusal, problemOf } from '@freshet/runtime'
import type { EdgeMetrics } from '@freshet/telemetry'
import type { Context, Hono } from 'hono'
import { countDecision, noteDecision } from './decision-reason.ts'
import { forwardedPolicy, type PolicyContext } from './forwarded-policy.ts'

/** The parts that the routes for proxies answer from. */
export interface AuthzParts extends PolicyContext {
  readonly edge: Pick<Edge, 'decide' | 'refusal'>
  readonly metrics: EdgeMetrics
}

/** nginx copies it into a buffer of 4 KiB, among other headers. */
const PROBLEM_HEADER_MAX = 2_048

/** The headers by which a proxy passes on the original request. It must set both, always. */
const HEADERS_OF = {
  generic: { method: 'x-forwarded-method', target: 'x-forwarded-uri' },
  nginx: { method: 'x-original-method', target: 'x-original-uri' },
} as const

/** A request that goes on. */
type Allowed = Pick<Decision, 'observed' | 'openings'>

/** An answer before it is an HTTP response of one proxy or another. */
type Answer = Pick<Refusal, 'headers' | 'body'> & { readonly status: number }

/**
 * Adds the routes that proxies ask before they let a request through. `/authz/generic` allows with 200 and
 * refuses with the answer of a middleware; `/authz/nginx` has only 204, 401 and 403, which is all that
 * `auth_request` understands, and puts the rest into headers.
 */
export function addAuthzRoutes(app: Hono, parts: AuthzParts): void {
  app.all('/authz/generic', async (c) => {
    const answer = await answerFor(c, parts, 'generic')
    return 'body' in answer ? new Response(answer.body, answer) : allowed(200, answer)
  })
  app.all('/authz/nginx', async (c) => {
    const answer = await answerFor(c, parts, 'nginx')
    return 'body' in answer ? forNginx(answer) : allowed(204, answer)
  })
}

/**
 * `x-freshet-observed`: the answer that an observed route would have given, by its code.
 * `x-freshet-break-glass`: the claims that an operator lets in although they are unverified.
 */
function allowed(status: number, { observed, openings }: Allowed): Response {
  const observation =
    observed && (observed.code ?? (observed.stripped.length > 0 ? 'stripped' : 'allow'))
  const headers = {
    'cache-control': 'no-store',
    ...(observation && { 'x-freshet-observed': observation }),
    ...(openings && {
      'x-freshet-break-glass': openings.map(({ claim }) => encodeURIComponent(claim)).join(' '),
    }),
  }
  return new Response(null, { status, headers })
}

async function answerFor(
  c: Context,
  parts: AuthzParts,
  by: keyof typeof HEADERS_OF,
): Promise<Answer | Allowed> {
  try {
    const decision = wholly(await decisionFor(c, parts, by))
    countDecision(parts.metrics, decision)
    noteDecision(c, decision)
    if (decision.decision === 'allow') return decision
    return parts.edge.refusal(decision, c.req.header('traceparent'))
  } catch (error) {
    if (!isTheirs(error)) throw error
    parts.metrics.decided('deny', 'denied')
    return answerTo(c, error)
  }
}

async function decisionFor(
  c: Context,
  parts: AuthzParts,
  by: keyof typeof HEADERS_OF,
): Promise<Decision> {
  const method = sentOnce(c, HEADERS_OF[by].method)
  const target = sentOnce(c, HEADERS_OF[by].target)
  const forwarded = {
    ...(method === undefined ? {} : { method }),
    ...(target === undefined ? {} : { target }),
  }
  const policy = forwardedPolicy(new URL(c.req.url).searchParams, forwarded, parts)
  const sent = accessToken(c.req.header('authorization'))
  const scheme = sent?.scheme ?? 'Bearer'
  const proof = { ...forwardedProof(c), scheme, method, url: target }
  return await parts.edge.decide({ ...policy, token: sent?.token, proof })
}

/** The request as Node read it. */
interface Incoming {
  readonly socket?: { readonly remoteAddress?: string }
  readonly headersDistinct?: Readonly<Record<string, readonly string[]>>
}

function incomingOf(c: Context): Incoming | undefined {
  return (Object(c.env) as { readonly incoming?: Incoming }).incoming
}

/** The value of a header that was sent once. Of a repeated one, the service behind the proxy could read the other value. */
function sentOnce(c: Context, name: string): string | undefined {
  const sent = incomingOf(c)?.headersDistinct?.[name]
  return sent !== undefined && sent.length > 1 ? undefined : c.req.header(name)
}

/** The client's proof, as the proxy passes it on. The connection is the proxy's. */
function forwardedProof(c: Context): SenderProof {
  const incoming = incomingOf(c)
  return {
    dpop: c.req.header('dpop'),
    address: incoming?.socket?.remoteAddress,
    header: (name) => c.req.header(name),
  }
}

/** The service behind reads the token itself, so no claim can be kept from it. */
function wholly(decision: Decision): Decision {
  if (decision.stripped.length === 0) return decision
  const code = 'token.unverified'
  return { ...decision, decision: 'deny', status: errorCodes[code].http.edge, code }
}

/** Returns whether the error is in the proxy’s configuration, or in a request for an undeclared route. */
function isTheirs(error: unknown): error is FreshetError {
  const codes = ['request.malformed', 'request.forbidden', 'config.invalid', 'registry.not-loaded']
  return error instanceof FreshetError && codes.includes(error.code)
}

function answerTo(c: Context, error: FreshetError): Answer {
  const known =
    error.code === 'config.invalid'
      ? new FreshetError('request.malformed', error.message, { cause: error })
      : error
  const problem = problemOf(known)
  noteRefusal(c, problem)
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return { status: problem.status, headers, body: JSON.stringify(problem) }
}

/** A status that `auth_request` does not know would reach the client as 500, without a reason. */
function forNginx({ status, headers, body }: Answer): Response {
  const { code } = JSON.parse(body) as { code: string }
  const problem = inAscii(body)
  return new Response(null, {
    status: status === 401 ? 401 : 403,
    headers: {
      'cache-control': 'no-store',
      'x-freshet-code': code,
      'x-freshet-status': String(status),
      ...(problem.length > PROBLEM_HEADER_MAX ? {} : { 'x-freshet-problem': problem }),
      ...picked(headers, 'www-authenticate'),
      ...picked(headers, 'retry-after'),
      ...picked(headers, 'dpop-nonce'),
    },
  })
}

function picked(headers: Answer['headers'], name: string): Record<string, string> {
  const value = headers[name]
  return value === undefined ? {} : { [name]: value }
}

/** The same JSON, with nothing that could not stand in a header. */
function inAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
