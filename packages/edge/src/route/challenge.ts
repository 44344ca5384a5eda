/** The scheme of a token: RFC 6750, or RFC 9449 if it is bound to a key. */
type Scheme = 'Bearer' | 'DPoP'

/**
 * RFC 6750 §3, RFC 9449 §7.1: what a 401 or 403 asks of the client. Every argument is ours or
 * checked before.
 */
export function challenge(
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
export function schemeOf({ cnf }: Readonly<Record<string, unknown>>): Scheme {
  return typeof (Object(cnf) as { jkt?: unknown }).jkt === 'string' ? 'DPoP' : 'Bearer'
}

const CAPABILITY = 'cp1'

/**
 * Returns whether the client of this token declared that it handles claims challenges: Microsoft Entra's
 * claim `xms_cc` with `cp1`. Others would send the same token for ever.
 */
export function handlesClaimsChallenge(payload: Readonly<Record<string, unknown>>): boolean {
  const said = payload['xms_cc']
  return said === CAPABILITY || (Array.isArray(said) && said.includes(CAPABILITY))
}

/** The `claims` of a challenge, as Entra's continuous access evaluation writes it: a newer token. */
export function newerTokenClaims(nowMs: number): string {
  const value = Math.floor(nowMs / 1_000).toString()
  const claims = { access_token: { nbf: { essential: true, value } } }
  return Buffer.from(JSON.stringify(claims)).toString('base64')
}

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** A scope (RFC 6749 §3.3) of those values that may stand in one; `undefined` for none. */
export function scopeOf(values: readonly string[]): string | undefined {
  const scope = values.filter((value) => scopeToken.test(value)).join(' ')
  return scope === '' ? undefined : scope
}
