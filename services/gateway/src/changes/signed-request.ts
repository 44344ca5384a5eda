import { createHash } from 'node:crypto'
import { FreshetError, type Clock } from '@freshet/protocol'
import {
  requireBinding,
  verifySourceAssertion,
  verifySourceJws,
  type Authenticity,
  type SourceJws,
  EventError,
} from '@freshet/wire'
import {
  type ReplayCache,
  type RequestKind,
  type SourceBudgets,
  type UsedAssertions,
  EVENT_AHEAD_MAX_MS,
} from '@freshet/intake'
import { peerAddress, type UnprovenBodies } from '@freshet/runtime'
import type { Context } from 'hono'

const SIGNED_TYPES: ReadonlySet<string> = new Set(['application/jose', 'application/secevent+jwt'])

/** The keys that prove the sender of a request. */
export interface RequestKeys {
  readonly authenticity: Authenticity
  /** Our public URL, which assertions must be for. */
  readonly url: string
  readonly clock: Clock
  readonly budgets: Pick<SourceBudgets, 'takeRequest' | 'takeBody'>
  /** Assertions that this gateway took. */
  readonly replays: ReplayCache
  /** Assertions that any gateway took. */
  readonly used: UsedAssertions
  /** The bound on signed bodies that prove no source. */
  readonly unproven: UnprovenBodies
  /** Returns whether the assertions of a source must name the request that they come with. */
  readonly mustBind: (source: string) => boolean
}

/** A request whose source proved itself, with the bytes that it sent. */
export interface SignedRequest {
  readonly source: string
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** `typ` of the signed body; absent where a bearer token signs for the request. */
  readonly typ?: string
}

/**
 * Reads a request and proves its source: by the signature of its body, or by a bearer assertion,
 * which is used up by it. The source is charged for the request as soon as its signature is verified, and for
 * the body as soon as its length is known: an assertion pays for it before it is read.
 *
 * @throws `request.unauthenticated`, `event.unauthentic`, `limit.reached`, `database.*`
 */
export async function readSignedRequest(
  c: Context,
  deps: RequestKeys,
  kind: RequestKind,
): Promise<SignedRequest> {
  const request = c.req.raw
  const mediaType = mediaTypeOf(request)
  if (!SIGNED_TYPES.has(mediaType)) return { ...(await readBorne(request, deps, kind)), mediaType }
  const { source, payload, claims, typ } = await readSignedBody(c, deps)
  deps.budgets.takeRequest(source, kind)
  deps.budgets.takeBody(source, kind, payload.length)
  requireForGateway(claims, { audience: deps.url, nowMs: deps.clock.nowMs() })
  return { source, mediaType, bytes: payload, typ }
}

/** A body is counted in the same turn of the event loop in which it was admitted. */
async function readSignedBody(
  c: Context,
  { unproven, authenticity }: RequestKeys,
): Promise<SourceJws> {
  const address = peerAddress(c)
  unproven.admit(address, Number(c.req.header('content-length') ?? 0))
  const compact = (await c.req.raw.text()).trim()
  unproven.admit(address, compact.length)
  try {
    const jws = await verifySourceJws(compact, authenticity)
    unproven.count(address, compact.length, true)
    return jws
  } catch (error) {
    unproven.count(address, compact.length, false)
    throw error
  }
}

/** The source whose assertion a request without a body bears. @throws as {@link readSignedRequest} */
export async function bearerSource(request: Request, deps: RequestKeys): Promise<string> {
  return (await readBorne(request, deps, 'questions')).source
}

async function readBorne(
  request: Request,
  deps: RequestKeys,
  kind: RequestKind,
): Promise<Pick<SignedRequest, 'source' | 'bytes'>> {
  const [, jwt] = /^Bearer +([^ ]+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (jwt === undefined) {
    const message = 'Sign the body, or send an assertion as a bearer token.'
    throw new FreshetError('request.unauthenticated', message)
  }
  const nowMs = deps.clock.nowMs()
  const { authenticity: keys, url: audience } = deps
  const { source, jti, expMs, binding } = await verifySourceAssertion(jwt, {
    audience,
    nowMs,
    keys,
  })
  const use = { source, jti: hashOf(jti), expMs }
  deps.replays.use({ by: `source ${source}`, jti: use.jti, expMs }, nowMs, () =>
    deps.budgets.takeRequest(source, kind),
  )
  const length = request.headers.get('content-length')
  if (length !== null) deps.budgets.takeBody(source, kind, Number(length))
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (length === null) deps.budgets.takeBody(source, kind, bytes.length)
  const mustBind = deps.mustBind(source)
  requireBinding(
    binding,
    { method: request.method, url: urlOf(request, deps), body: bytes },
    mustBind,
  )
  if (mustBind) requireNoAttributes(request, source)
  await deps.used.use(use)
  return { source, bytes }
}

/** The stored value has a fixed length, whatever a source names its assertions. */
function hashOf(jti: string): string {
  return createHash('sha256').update(jti).digest('base64url')
}

/** The URL as the source sees it: the path behind our public URL. */
function urlOf(request: Request, { url }: RequestKeys): string {
  return `${url.replace(/\/$/, '')}${new URL(request.url).pathname}`
}

/** A digest covers the body; the binary form of an event has its attributes in headers. */
function requireNoAttributes({ headers }: Request, source: string): void {
  if (!headers.has('ce-specversion')) return
  const message = `Source ${source} must bind its assertions: send the event as application/cloudevents+json.`
  throw new FreshetError('request.media-type', message)
}

function mediaTypeOf(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  return type.trim().toLowerCase()
}

/**
 * Checks the members `aud` and `iat` of a signed body, where it has them. `aud` must name this gateway, so a
 * body for another environment has no effect here. `iat` is at most a day ahead. It can be of any age, because
 * a sender can retry for days, and a removal that arrives late must still have its effect.
 *
 * @throws `event.unauthentic`, `event.malformed`
 */
function requireForGateway(
  { aud, iat }: Readonly<Record<string, unknown>>,
  at: { readonly audience: string; readonly nowMs: number },
): void {
  if (aud !== undefined && ![aud].flat().includes(at.audience)) {
    throw new FreshetError('event.unauthentic', 'the JWS of the source is for another audience')
  }
  if (typeof iat !== 'number' || iat * 1_000 <= at.nowMs + EVENT_AHEAD_MAX_MS) return
  const rule = "must not be more than a day ahead of the gateway's clock"
  throw new EventError([{ pointer: '/iat', rule }])
}
