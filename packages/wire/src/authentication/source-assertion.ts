import { createHash } from 'node:crypto'
import { JSON_BYTES_MAX, parseJsonObject } from '../json/strict-json.ts'
import type { CompactJws } from '../keys/compact-jws.ts'
import { isSignedBy } from '../keys/jws.ts'
import { SIGNATURE_ALGORITHMS, type VerifyKey } from '../keys/keys.ts'
import { unfounded, verifyAssertion } from './assertion.ts'
import { readSenderJws, unauthentic } from './authentic-jws.ts'
import { SIGNERS_OF_KID_MAX, type Authenticity, type Signer } from './authenticity.ts'

/** A source that proved its identity. The caller refuses a `jti` that it saw before `expMs`. */
export interface SourceAssertion {
  readonly source: string
  readonly jti: string
  readonly expMs: number
  /** The request that it names; the caller compares its request with it by `requireBinding`. */
  readonly binding: RequestBinding
}

/** Bytes that a source signed. `typ` is lower case, without `application/`. */
export interface SourceJws {
  readonly source: string
  readonly payload: Uint8Array
  /** The members of the payload; only the one that names the source was checked. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly typ: string
}

/**
 * Checks the bearer token of a source as {@link verifyAssertion} does, and that `iss` = `sub` = the source.
 *
 * @throws `event.unauthentic` naming the rule, never the token
 */
export async function verifySourceAssertion(
  jwt: string,
  {
    audience,
    nowMs,
    keys,
  }: { readonly audience: string; readonly nowMs: number; readonly keys: Authenticity },
): Promise<SourceAssertion> {
  const named = (source: string): readonly VerifyKey[] => keys.sourceKeys(source)
  const terms = { types: [undefined, 'jwt'], audience, nowMs, keysOf: named }
  const { iss: source, jti, expMs, claims } = verifyAssertion(jwt, terms)
  if (claims['sub'] !== source) throw unfounded('names a sub that is not its iss')
  return { source, jti, expMs, binding: bindingOf(claims) }
}

/** `typ` of a compact JWS that holds a change or heartbeat in the structured mode of CloudEvents. */
export const SIGNED_EVENT_TYP = 'cloudevents+json'

/** `typ` of a Security Event Token (RFC 8417). */
export const SET_TYP = 'secevent+jwt'

/** The member of the payload that names the source, by type. */
const sourceMembers: ReadonlyMap<string, string> = new Map([
  [SET_TYP, 'iss'],
  [SIGNED_EVENT_TYP, 'source'],
])

const WHAT = 'the JWS of the source'
const accepted = {
  types: [...sourceMembers.keys()],
  algs: SIGNATURE_ALGORITHMS,
  lengthMax: JSON_BYTES_MAX,
}

/**
 * Checks a compact JWS whose payload names its source: `iss` of a SET, `source` of a CloudEvent. `typ` must
 * be {@link SET_TYP} or {@link SIGNED_EVENT_TYP}. So no other signature of the source, such as an assertion,
 * can pass as an event. It has at most 256 Ki characters.
 *
 * The `kid` of the header finds the key, and the payload is parsed only after its signature was verified. So
 * a sender without a key causes no parse of its payload.
 *
 * @throws `event.unauthentic` naming the rule, never the content
 */
export async function verifySourceJws(
  compact: string,
  keys: Pick<Authenticity, 'signers'>,
): Promise<SourceJws> {
  const jws = readSenderJws(compact, accepted, WHAT)
  const source = signerOf(jws, keys.signers?.(jws.header.kid) ?? [])
  const { typ = '' } = jws.header
  const claims = parseJsonObject(jws.payload)
  if (claims === undefined) throw unauthentic(WHAT, 'holds no strict JSON')
  if (claims[sourceMembers.get(typ) ?? ''] !== source)
    throw unauthentic(WHAT, 'does not name the source that signed it')
  return { source, payload: jws.payload, claims, typ }
}

/** Returns the source whose key signed. Sources can have keys of one `kid`, but no key in common. */
function signerOf(jws: CompactJws, signers: readonly Signer[]): string {
  const named = signers.filter(({ key }) => key.alg === jws.header.alg)
  if (named.length === 0) throw unauthentic(WHAT, 'names no key of a source')
  const signer = named
    .slice(0, SIGNERS_OF_KID_MAX)
    .find(({ key }) => isSignedBy(key, jws.signed, jws.signature))
  if (signer === undefined) throw unauthentic(WHAT, 'does not verify')
  return signer.source
}

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
