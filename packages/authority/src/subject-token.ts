import { CLOCK_TOLERANCE_MS } from '@freshet/domain'
import type { VerifyKey } from '@freshet/events'
import { invalid, isSignedBy, readCompactJws, type CompactJws } from './compact-jws.ts'
import { isBound, unproven } from './own-token.ts'

/** How far away the expiry of an identity provider's token may be. */
export const SUBJECT_TOKEN_LIFE_MAX_MS = 300_000
const NAME_CHARACTERS_MAX = 512

/** Who an identity provider's token is about. */
export interface IdentityToken {
  readonly iss: string
  readonly sub: string
  readonly kid: string
  readonly sid: string | undefined
  readonly jti: string | undefined
  /** The one actor that may act for the subject (RFC 8693 §4.4); `undefined`: it does not say. */
  readonly mayAct: MayAct | undefined
}

/** Who may act. Without `iss` it is a subject of the token's own issuer. */
export interface MayAct {
  readonly iss: string
  readonly sub: string
}

/** Whose tokens are believed, meant for whom, and when. */
export interface IdentityTerms {
  /** Issuers that may name the tenant's subjects, with their keys. */
  readonly providers: ReadonlyMap<string, readonly VerifyKey[]>
  /** Our own issuer name: the one audience that the token may have. */
  readonly audience: string
  readonly nowMs: number
  /** What errors call it: `subject token` or `actor token`. */
  readonly what: string
}

/**
 * Checks a token of an identity provider: form, type, signature by a key of its issuer with that
 * key's algorithm, audience (ours alone), `iat` not in the future, `exp` at most 5 min away.
 *
 * @throws `token.invalid` naming the rule, never the token; `token.unproven` for a token with `cnf`
 */
export function verifyIdentityToken(token: string, terms: IdentityTerms): IdentityToken {
  const { what } = terms
  const jws = readCompactJws(token, what)
  // An access token, a SET or a logout token of the same issuer is no statement of identity.
  if (jws.typ !== undefined && jws.typ.toLowerCase() !== 'jwt') {
    throw invalid(what, 'is a token of another type')
  }
  const iss = readName(jws, 'iss', what)
  const keys = terms.providers.get(iss)
  if (keys === undefined) throw invalid(what, 'is of an issuer that the tenant does not trust')
  if (!isSignedBy(jws, keys)) throw invalid(what, 'is not signed by a key of its issuer')
  checkAudience(jws, terms)
  checkTimes(jws, terms)
  if (isBound(jws.payload)) throw unproven(what)
  return {
    iss,
    sub: readName(jws, 'sub', what),
    kid: jws.kid,
    sid: readOptionalName(jws, 'sid', what),
    jti: readOptionalName(jws, 'jti', what),
    mayAct: readMayAct(jws, iss, what),
  }
}

/** A member that cannot be read must not widen who may act, so it is refused. */
function readMayAct({ payload }: CompactJws, issuer: string, what: string): MayAct | undefined {
  const member = payload['may_act']
  if (member === undefined) return undefined
  const { iss = issuer, sub } = Object(member) as { readonly iss?: unknown; readonly sub?: unknown }
  if (typeof iss !== 'string' || typeof sub !== 'string') {
    throw invalid(what, 'has a may_act that names no subject')
  }
  return { iss, sub }
}

/** A token that is meant for others too could be used here by any of them. */
function checkAudience({ payload }: CompactJws, { audience, what }: IdentityTerms): void {
  const { aud } = payload as { readonly aud?: unknown }
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (all.length !== 1 || all[0] !== audience) {
    throw invalid(what, 'is not meant for this authority alone')
  }
}

function checkTimes(jws: CompactJws, { nowMs, what }: IdentityTerms): void {
  const latestMs = nowMs + CLOCK_TOLERANCE_MS
  const expMs = readSeconds(jws, 'exp', what)
  const iatMs = readSeconds(jws, 'iat', what)
  if (expMs <= nowMs) throw invalid(what, 'has expired')
  if (expMs > latestMs + SUBJECT_TOKEN_LIFE_MAX_MS) throw invalid(what, 'lives too long')
  if (iatMs > latestMs || iatMs >= expMs) throw invalid(what, 'was issued in the future')
  if (jws.payload['nbf'] === undefined) return
  if (readSeconds(jws, 'nbf', what) > latestMs) throw invalid(what, 'is not valid yet')
}

function readSeconds({ payload }: CompactJws, name: string, what: string): number {
  const value = payload[name]
  const isTime = typeof value === 'number' && Number.isSafeInteger(value) && value > 0
  if (!isTime) throw invalid(what, `has no ${name} in whole seconds`)
  return value * 1_000
}

function readName(jws: CompactJws, name: string, what: string): string {
  const value = readOptionalName(jws, name, what)
  if (value === undefined) throw invalid(what, `has no ${name}`)
  return value
}

function readOptionalName({ payload }: CompactJws, name: string, what: string): string | undefined {
  const value = payload[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > NAME_CHARACTERS_MAX) {
    throw invalid(what, `has a ${name} that is no short text`)
  }
  return value
}
