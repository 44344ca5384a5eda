import { FreshetError } from '@freshet/domain'
import * as z from 'zod'
import type { Authenticity } from './authenticate.ts'
import { readJws, verifyJws, type JwsParts } from './jws.ts'
import { parseJson } from './strict-json.ts'

/** How long a source's assertion may still live. */
export const ASSERTION_LIFETIME_MS = 60_000

/** How far the clock of a source may be from ours when it asserts itself. */
export const ASSERTION_TOLERANCE_MS = 2_000

const ASSERTION_LENGTH_MAX = 8_192

/** A source that proved itself. The caller refuses a `jti` that it saw before `expMs`. */
export interface SourceAssertion {
  readonly source: string
  readonly jti: string
  readonly expMs: number
}

/** Bytes that a source signed. `typ` is lower case, without `application/`. */
export interface SourceJws {
  readonly source: string
  readonly payload: Uint8Array
  readonly typ?: string
}

const assertionShape = z.object({
  iss: z.string().min(1).max(64),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string()).max(16)]),
  exp: z.int().min(0),
  nbf: z.number().optional(),
  jti: z.string().min(1).max(256),
})

/**
 * Checks the bearer token of a source (RFC 7523 shape): `iss` = `sub` = the source, `aud` holds
 * the audience, `exp` is ahead by at most {@link ASSERTION_LIFETIME_MS}, signed by a key of the
 * source whose `alg` is the header's. Both limits of time give {@link ASSERTION_TOLERANCE_MS}.
 *
 * @throws `event.unauthentic` naming the rule, never the token
 */
export async function verifySourceAssertion(
  jwt: string,
  o: { readonly audience: string; readonly nowMs: number; readonly keys: Authenticity },
): Promise<SourceAssertion> {
  if (jwt.length > ASSERTION_LENGTH_MAX) throw unauthentic('is too long')
  const jws = readJws(jwt)
  if (jws.header.typ !== undefined && jws.header.typ !== 'jwt') throw unauthentic('has another typ')
  const { data: claims } = assertionShape.safeParse(payloadOf(jws))
  if (!claims) throw unauthentic('needs iss, sub, aud, exp and jti')
  verifyJws(jws, jws.payload, o.keys.sourceKeys(claims.iss))
  if (claims.iss !== claims.sub) throw unauthentic('names a sub that is not its iss')
  if (![claims.aud].flat().includes(o.audience)) throw unauthentic('is for another audience')
  checkTimes(claims, o.nowMs)
  return { source: claims.iss, jti: claims.jti, expMs: claims.exp * 1000 }
}

function checkTimes({ exp, nbf }: z.infer<typeof assertionShape>, nowMs: number): void {
  const leftMs = exp * 1000 - nowMs
  if (leftMs <= -ASSERTION_TOLERANCE_MS) throw unauthentic('has expired')
  if (leftMs > ASSERTION_LIFETIME_MS + ASSERTION_TOLERANCE_MS) {
    throw unauthentic(`expires more than ${ASSERTION_LIFETIME_MS / 1000} s ahead`)
  }
  if (nbf !== undefined && nbf * 1000 > nowMs + ASSERTION_TOLERANCE_MS) {
    throw unauthentic('is not valid yet')
  }
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
