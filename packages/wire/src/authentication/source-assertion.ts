import { unfounded, verifyAssertion } from './assertion.ts'
import type { Authenticity } from './authenticity.ts'
import { readSenderJws, requireSigned, unauthentic } from './authentic-jws.ts'
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
 * @throws `event.unauthentic` naming the rule, never the content
 */
export async function verifySourceJws(compact: string, keys: Authenticity): Promise<SourceJws> {
  const jws = readSenderJws(compact, accepted, WHAT)
  const { typ = '' } = jws.header
  const payload = parseJsonObject(jws.payload)
  if (payload === undefined) throw unauthentic(WHAT, 'holds no strict JSON')
  const source = payload[sourceMembers.get(typ) ?? '']
  if (typeof source !== 'string') throw unauthentic(WHAT, 'does not name its source')
  requireSigned(jws, keys.sourceKeys(source), WHAT)
  return { source, payload: jws.payload, typ }
}
