import { createHash } from 'node:crypto'
import { unfounded } from './assertion.ts'

/** The request that an assertion came with. */
export interface BoundRequest {
  readonly method: string
  /** The URL without query and fragment. */
  readonly url: string
  readonly body: Uint8Array
}

/** The members by which an assertion names its request. */
export interface RequestBinding {
  readonly htm: unknown
  readonly htu: unknown
  readonly contentDigest: unknown
}

/**
 * Returns the value of a `Content-Digest` field (RFC 9530 §2) with the one algorithm that is read:
 * `sha-256=:…:`.
 */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

/**
 * @internal Returns the members of an assertion: `htm` and `htu` as in RFC 9449 §4.2, and `content_digest`.
 */
export function bindingOf(claims: Readonly<Record<string, unknown>>): RequestBinding {
  return { htm: claims['htm'], htu: claims['htu'], contentDigest: claims['content_digest'] }
}

/**
 * Checks that an assertion names the request that it came with. A member that is present must match. With
 * `isRequired`, method and URL must be present, and the digest too unless the body is empty.
 *
 * @throws `event.unauthentic` naming the member, never its value
 */
export function requireBinding(
  binding: RequestBinding,
  request: BoundRequest,
  isRequired: boolean,
): void {
  const { htm, htu, contentDigest: digest } = binding
  requireMember('htm', { claimed: htm, found: request.method, isRequired })
  requireMember('htu', { claimed: plainUrl(htu), found: plainUrl(request.url), isRequired })
  requireMember('content_digest', {
    claimed: digest,
    found: contentDigest(request.body),
    isRequired: isRequired && request.body.length > 0,
  })
}

interface Member {
  readonly claimed: unknown
  readonly found: unknown
  readonly isRequired: boolean
}

function requireMember(name: string, { claimed, found, isRequired }: Member): void {
  if (claimed === undefined && !isRequired) return
  if (claimed === undefined) throw unfounded(`needs ${name}: the source must bind its assertions`)
  if (claimed !== found) throw unfounded(`is for another request: ${name} differs`)
}

/** A text that is no URL stays as it is, and matches nothing. */
function plainUrl(url: unknown): unknown {
  if (typeof url !== 'string' || !URL.canParse(url)) return url
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
