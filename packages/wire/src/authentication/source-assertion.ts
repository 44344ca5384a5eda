import { unfounded, verifyAssertion } from './assertion.ts'
import { SIGNERS_OF_KID_MAX, type Authenticity, type Signer } from './authenticity.ts'
import { readSenderJws, unauthentic } from './authentic-jws.ts'
import type { CompactJws } from '../keys/compact-jws.ts'
import { isSignedBy } from '../keys/jws.ts'
import { SIGNATURE_ALGORITHMS, type VerifyKey } from '../keys/keys.ts'
import { bindingOf, type RequestBinding } from './request-binding.ts'
import { JSON_BYTES_MAX, parseJsonObject } from '../json/strict-json.ts'

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
