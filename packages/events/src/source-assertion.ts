import { FreshetError } from '@freshet/domain'
import { unfounded, verifyAssertion } from './assertion.ts'
import type { Authenticity } from './authenticate.ts'
import { bindingOf, type RequestBinding } from './request-binding.ts'
import { readJws, verifyJws, type JwsParts } from './jws.ts'
import type { VerifyKey } from './keys.ts'
import { parseJson } from './strict-json.ts'

/** A source that proved itself. The caller refuses a `jti` that it saw before `expMs`. */
export interface SourceAssertion {
  readonly source: string
  readonly jti: string
  readonly expMs: number
  /** The request that it names; the caller holds its request against it by `requireBinding`. */
  readonly binding: RequestBinding
}

/** Bytes that a source signed. `typ` is lower case, without `application/`. */
export interface SourceJws {
  readonly source: string
  readonly payload: Uint8Array
  readonly typ?: string
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
  const terms = { typs: [undefined, 'jwt'], audience, nowMs, keysOf: named }
  const { iss: source, jti, expMs, claims } = verifyAssertion(jwt, terms)
  if (claims['sub'] !== source) throw unfounded('names a sub that is not its iss')
  return { source, jti, expMs, binding: bindingOf(claims) }
}

/** `typ` of a compact JWS that holds a change or heartbeat in the structured mode of CloudEvents. */
export const SIGNED_EVENT_TYP = 'cloudevents+json'

/** `typ` of a Security Event Token (RFC 8417). */
export const SET_TYP = 'secevent+jwt'

/**
 * Checks a compact JWS whose payload names its source: `iss` of a SET, `source` of a CloudEvent.
 * `typ` must be {@link SET_TYP} or {@link SIGNED_EVENT_TYP}, so that no other signature of the
 * source, an assertion say, can be taken for an event.
 *
 * @throws `event.unauthentic` naming the rule, never the content
 */
export async function verifySourceJws(compact: string, keys: Authenticity): Promise<SourceJws> {
  const jws = readJws(compact)
  const { typ } = jws.header
  const source = namedSource(jws)
  if (source === undefined) throw unauthentic('does not name its source')
  verifyJws(jws, jws.payload, keys.sourceKeys(source))
  const { payload } = jws
  return typ === undefined ? { source, payload } : { source, payload, typ }
}

function namedSource(jws: JwsParts): string | undefined {
  const member = { [SET_TYP]: 'iss', [SIGNED_EVENT_TYP]: 'source' }[jws.header.typ ?? '']
  if (member === undefined) throw unauthentic(`is not of typ ${SET_TYP} or ${SIGNED_EVENT_TYP}`)
  const json = payloadOf(jws)
  const source =
    json !== null && Object.hasOwn(json, member) ? Reflect.get(json, member) : undefined
  return typeof source === 'string' ? source : undefined
}

function payloadOf({ payload }: JwsParts): object | null {
  try {
    const json = parseJson(payload)
    return typeof json === 'object' ? json : null
  } catch (cause) {
    throw new FreshetError('event.unauthentic', 'the JWS of the source holds no JSON', { cause })
  }
}

function unauthentic(rule: string): FreshetError {
  return new FreshetError('event.unauthentic', `the JWS of the source ${rule}`)
}
