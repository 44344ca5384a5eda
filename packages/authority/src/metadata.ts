import { TOKEN_EXCHANGE } from './exchange-request.ts'

/** The authority's public document (RFC 8414), with the place of the checkpoint keys. */
export interface AuthorityMetadata {
  readonly issuer: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly freshet_checkpoints_jwks_uri: string
  readonly response_types_supported: readonly string[]
  readonly grant_types_supported: readonly string[]
  readonly token_endpoint_auth_methods_supported: readonly string[]
}

/** All routes stand below the issuer's URL. */
export function authorityMetadata(issuer: string): AuthorityMetadata {
  const base = issuer.replace(/\/$/, '')
  return {
    issuer,
    token_endpoint: `${base}/oauth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    freshet_checkpoints_jwks_uri: `${base}/.well-known/freshet-checkpoints.jwks.json`,
    // There is no authorization endpoint; the member is required all the same.
    response_types_supported: [],
    grant_types_supported: [TOKEN_EXCHANGE],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }
}
