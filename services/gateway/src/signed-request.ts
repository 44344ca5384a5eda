import { FreshetError, type Clock } from '@freshet/domain'
import { verifySourceAssertion, verifySourceJws, type Authenticity } from '@freshet/events'
import type { ReplayCache } from '@freshet/intake'

const SIGNED_TYPES: ReadonlySet<string> = new Set(['application/jose', 'application/secevent+jwt'])

/** What proves who sends a request. */
export interface DoorKeys {
  readonly authenticity: Authenticity
  /** Our public URL, which assertions must be for. */
  readonly url: string
  readonly clock: Clock
  readonly replays: ReplayCache
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
 * which is used up by it.
 *
 * @throws `request.unauthenticated`, `event.unauthentic`, `limit.reached`
 */
export async function readSigned(request: Request, door: DoorKeys): Promise<SignedRequest> {
  const mediaType = mediaTypeOf(request)
  if (!SIGNED_TYPES.has(mediaType)) {
    const source = await bearerSource(request, door)
    return { source, mediaType, bytes: new Uint8Array(await request.arrayBuffer()) }
  }
  const compact = (await request.text()).trim()
  const { source, payload, typ } = await verifySourceJws(compact, door.authenticity)
  return { source, mediaType, bytes: payload, ...(typ === undefined ? {} : { typ }) }
}

/** The source whose assertion a request bears. @throws as {@link readSigned} */
export async function bearerSource(request: Request, door: DoorKeys): Promise<string> {
  const [, jwt] = /^Bearer +([^ ]+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  if (jwt === undefined) {
    const message = 'Sign the body, or send an assertion as a bearer token.'
    throw new FreshetError('request.unauthenticated', message)
  }
  const nowMs = door.clock.nowMs()
  const keys = door.authenticity
  const assertion = await verifySourceAssertion(jwt, { audience: door.url, nowMs, keys })
  const { source, jti, expMs } = assertion
  door.replays.use({ by: `source ${source}`, jti, expMs }, nowMs)
  return source
}

function mediaTypeOf(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  return type.trim().toLowerCase()
}
