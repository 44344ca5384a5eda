/**
 * Claims of a token that are not entitlement claims, whatever their form: those of RFC 7519, 8693,
 * 9068 and OpenID Connect that access tokens carry, and our own.
 */
export const REGISTERED_CLAIMS: ReadonlySet<string> = new Set(
  (
    'iss sub aud exp iat nbf jti client_id scope sid status act may_act cnf ' +
    'auth_time acr amr azp nonce freshet'
  ).split(' '),
)
