import {
  errorCodes,
  type ErrorCode,
  type FreshetError,
  type BreakGlassGrant,
  type StaleReason,
  type Verdict,
} from '@freshet/protocol'
import type { TokenClaims } from '../token/token-claims.ts'
import type { RefusedCode } from './validator.ts'

/** The scheme of a token: RFC 6750, or RFC 9449 if it is bound to a key. */
type Scheme = 'Bearer' | 'DPoP'

/**
 * RFC 6750 §3, RFC 9449 §7.1: what a 401 or 403 asks of the client. Every argument is ours or
 * checked before.
 */
function challenge(
  scheme: Scheme,
  error:
    | 'invalid_token'
    | 'insufficient_claims'
    | 'insufficient_scope'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce',
  more: Readonly<Record<string, string>>,
): string {
  const parameters = Object.entries({ error, ...more }).map(([name, value]) => `${name}="${value}"`)
  return `${scheme} ${parameters.join(', ')}`
}

/** The scheme of a token: `DPoP` where its `cnf` names a key by thumbprint (RFC 9449 §6.1). */
function schemeOf({ cnf }: Readonly<Record<string, unknown>>): Scheme {
  return typeof (Object(cnf) as { jkt?: unknown }).jkt === 'string' ? 'DPoP' : 'Bearer'
}

const CAPABILITY = 'cp1'

/**
 * Returns whether the client of this token declared that it handles claims challenges: Microsoft Entra's
 * claim `xms_cc` with `cp1`. Others would send the same token for ever.
 */
function handlesClaimsChallenge(payload: Readonly<Record<string, unknown>>): boolean {
  const capabilities = payload['xms_cc']
  return (
    capabilities === CAPABILITY ||
    (Array.isArray(capabilities) && capabilities.includes(CAPABILITY))
  )
}

/** The `claims` of a challenge, as Entra's continuous access evaluation writes it: a newer token. */
function newerTokenClaims(nowMs: number): string {
  const value = Math.floor(nowMs / 1_000).toString()
  const claims = { access_token: { nbf: { essential: true, value } } }
  return Buffer.from(JSON.stringify(claims)).toString('base64')
}

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** A scope (RFC 6749 §3.3) of those values that may stand in one; `undefined` for none. */
function scopeOf(values: readonly string[]): string | undefined {
  const scope = values.filter((value) => scopeToken.test(value)).join(' ')
  return scope === '' ? undefined : scope
}

/**
 * The class of a refusal: it discloses nothing more about a subject. `token.stale`: a new token will do.
 * `token.revoked`: the account, the session, the tenant, the client, the key or the token itself was cut off.
 * `policy.*`: the policies of the route, as the authority evaluated them.
 */
export type DecisionCode =
  | Extract<
      ErrorCode,
      | 'token.missing'
      | 'token.invalid'
      | 'token.unproven'
      | 'proof.invalid'
      | 'proof.nonce'
      | 'token.stale'
      | 'token.revoked'
      | 'token.unverified'
      | 'limit.reached'
      | 'tenants.unnamed'
      | 'keys.unavailable'
    >
  | RefusedCode

/**
 * The decision of a route about a request. `challenge`: there is no token, or none that is acceptable.
 * `deny`: the token was understood and does not do.
 */
export interface Decision {
  readonly decision: 'allow' | 'deny' | 'challenge'
  /** HTTP status of a middleware's answer: 200, 401, 403 or 503. */
  readonly status: 200 | 401 | 403 | 503
  readonly code?: DecisionCode
  /** A sentence for the people of the service; clients get the one of `refusal`. */
  readonly detail?: string
  /** The verdict of every claim that was judged. `''` is the token itself, where it has no claim. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Claims that the request goes on without: unverified ones of the policy `strip`. */
  readonly stripped: readonly string[]
  /** The authority judged it for this request; absent where the edge's own knowledge sufficed. */
  readonly validated?: true
  /** The break-glass grants that cover these unverified claims; absent: none. */
  readonly openings?: readonly BreakGlassGrant[]
  /** The route is observed and refuses nothing that is valid: what it would have answered. */
  readonly observed?: WouldBe
  /** Absent where no token was accepted. */
  readonly claims?: TokenClaims
  /** Age of the last heartbeat that counted, in the older of the partitions used; null: none. */
  readonly viewAgeMs: number | null
  readonly wwwAuthenticate?: string
  /** For the header `DPoP-Nonce`: what the next proof of the client must carry (RFC 9449 §9). */
  readonly dpopNonce?: string
}

/** The answer that an observed route would have given. */
export type WouldBe = Pick<
  Decision,
  'decision' | 'status' | 'code' | 'detail' | 'stripped' | 'wwwAuthenticate'
>

/** The part of a decision that its kind settles. */
export type DecisionOutcome = Pick<
  Decision,
  'decision' | 'status' | 'code' | 'detail' | 'validated' | 'openings' | 'wwwAuthenticate'
>

type Stale = Extract<Verdict, { kind: 'stale' }>

/** The status that the record of the code has for edges. */
function statusOf(code: DecisionCode): 401 | 403 | 503 {
  return errorCodes[code].http.edge
}

/** RFC 6750 §3.1: no error code where the request had no token. */
export const NO_TOKEN: DecisionOutcome = {
  decision: 'challenge',
  status: statusOf('token.missing'),
  code: 'token.missing',
  detail: 'The request has no access token.',
  wwwAuthenticate: 'Bearer',
}

export function allowed(isValidated: boolean, grants: readonly BreakGlassGrant[]): DecisionOutcome {
  const validated = isValidated && grants.length === 0
  return {
    decision: 'allow',
    status: 200,
    ...(validated && { validated }),
    ...(grants.length > 0 && { openings: grants }),
  }
}

export function invalid(detail: string): DecisionOutcome {
  const error_description = 'The access token is not valid'
  return {
    decision: 'challenge',
    status: statusOf('token.invalid'),
    code: 'token.invalid',
    detail,
    wwwAuthenticate: challenge('Bearer', 'invalid_token', { error_description }),
  }
}

/** The outcome for a token that was not accepted; undefined for an error of another kind. */
export function notAccepted({ code, message: detail }: FreshetError): DecisionOutcome | undefined {
  switch (code) {
    case 'token.invalid':
      return invalid(detail)
    case 'token.unproven':
      return unproven(detail)
    case 'proof.invalid':
      return withoutProof(code, 'invalid_dpop_proof', 'The DPoP proof is not valid', detail)
    case 'proof.nonce':
      return withoutProof(code, 'use_dpop_nonce', 'The DPoP proof needs a nonce', detail)
    case 'limit.reached':
    case 'tenants.unnamed':
    case 'keys.unavailable':
      return { ...unverified(detail), status: statusOf(code), code }
    default:
      return undefined
  }
}

/** The ledger has no such token, after a failover that lost it: a new one will do. */
export const UNKNOWN: DecisionOutcome = /* @__PURE__ */ invalid(
  'The authority does not know the access token.',
)

/** Reasons that a new token ends by itself: the holder was not cut off, only the token is outdated. */
const OUTDATED: ReadonlySet<StaleReason> = new Set([
  'claim-changed',
  'value-withdrawn',
  'incarnation',
  'policy-version',
] as const)

/** Returns whether the holder was cut off, and not only the token is outdated. */
export function isRevoked({ reason }: Stale): boolean {
  return !OUTDATED.has(reason)
}

/**
 * The holder of the token can ask for a new one; missing rights are another matter. A client that handles
 * claims challenges gets one, unless a new token would not help.
 */
export function stale(
  verdict: Stale,
  payload: Readonly<Record<string, unknown>>,
  nowMs: number,
): DecisionOutcome {
  const code = isRevoked(verdict) ? 'token.revoked' : 'token.stale'
  const refused = { decision: 'deny', status: statusOf(code), code } as const
  const scheme = schemeOf(payload)
  if (code === 'token.revoked') {
    const error_description = 'The access token was revoked'
    const wwwAuthenticate = challenge(scheme, 'invalid_token', { error_description })
    return { ...refused, detail: `${error_description}.`, wwwAuthenticate }
  }
  const error_description = 'The access token is stale'
  const wwwAuthenticate = handlesClaimsChallenge(payload)
    ? challenge(scheme, 'insufficient_claims', {
        error_description,
        claims: newerTokenClaims(nowMs),
      })
    : challenge(scheme, 'invalid_token', { error_description })
  return { ...refused, detail: `${error_description}.`, wwwAuthenticate }
}

export function insufficient(
  missing: readonly string[],
  payload: Readonly<Record<string, unknown>>,
): DecisionOutcome {
  const scope = scopeOf(missing)
  return {
    decision: 'deny',
    status: statusOf('token.insufficient'),
    code: 'token.insufficient',
    detail: 'The access token does not carry what this route requires.',
    wwwAuthenticate: challenge(
      schemeOf(payload),
      'insufficient_scope',
      scope === undefined ? {} : { scope },
    ),
  }
}

export function unverified(detail: string): DecisionOutcome {
  const code = 'token.unverified'
  return { decision: 'deny', status: statusOf(code), code, detail }
}

/** The authority found everything fresh, and the route refuses it: or could not be asked. */
export function refusedByRoute(
  code: RefusedCode,
  payload: Readonly<Record<string, unknown>>,
): DecisionOutcome {
  if (code === 'token.insufficient') return insufficient([], payload)
  return { decision: 'deny', status: statusOf(code), code, detail: errorCodes[code].what }
}

/** A token that is bound to a key, without a proof that its sender holds it. */
export function unproven(detail: string): DecisionOutcome {
  const description = 'The access token is bound to a key'
  return withoutProof('token.unproven', 'invalid_token', description, detail)
}

function withoutProof(
  code: 'token.unproven' | 'proof.invalid' | 'proof.nonce',
  error: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce',
  error_description: string,
  detail: string,
): DecisionOutcome {
  const scheme = code === 'token.unproven' ? 'Bearer' : 'DPoP'
  const wwwAuthenticate = challenge(scheme, error, { error_description })
  return { decision: 'challenge', status: statusOf(code), code, detail, wwwAuthenticate }
}
