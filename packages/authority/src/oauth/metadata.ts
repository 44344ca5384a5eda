import type { Registry } from '@freshet/protocol'
import { CLIENT_CREDENTIALS } from '../clients/client-credentials.ts'
import { TOKEN_EXCHANGE } from '../exchange/exchange-request.ts'

/** The authority's public document (RFC 8414), with the place of the checkpoint keys. */
export interface AuthorityMetadata {
  readonly issuer: string
  readonly token_endpoint: string
  readonly introspection_endpoint: string
  readonly revocation_endpoint: string
  readonly jwks_uri: string
  readonly freshet_checkpoints_jwks_uri: string
  readonly response_types_supported: readonly string[]
  readonly grant_types_supported: readonly string[]
  /** Every scope that some audience of the registry has; which of them a client can ask for is its own. */
  readonly scopes_supported: readonly string[]
  readonly token_endpoint_auth_methods_supported: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly introspection_endpoint_auth_methods_supported: readonly string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly revocation_endpoint_auth_methods_supported: readonly string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported: readonly string[]
}

/** The client authentication methods of every endpoint. */
const AUTH_METHODS = ['client_secret_basic', 'private_key_jwt'] as const
/** The algorithms of `private_key_jwt`, which are those of key sets. */
const ASSERTION_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const

/** All routes are below the issuer's URL; the scopes are those of the policy version in force. */
export function authorityMetadata(
  issuer: string,
  { audiences }: Pick<Registry, 'audiences'>,
): AuthorityMetadata {
  const scopes = [...audiences.values()].flatMap((each) => [...(each.scopes?.keys() ?? [])])
  const base = baseOf(issuer)
  return {
    issuer,
    token_endpoint: tokenEndpoint(issuer),
    introspection_endpoint: `${base}/oauth/introspect`,
    revocation_endpoint: `${base}/oauth/revoke`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    freshet_checkpoints_jwks_uri: `${base}/.well-known/freshet-checkpoints.jwks.json`,
    // There is no authorization endpoint; the member is required all the same.
    response_types_supported: [],
    grant_types_supported: [TOKEN_EXCHANGE, CLIENT_CREDENTIALS],
    scopes_supported: [...new Set(scopes)].sort(),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
  }
}

/** The endpoints of decisions (AuthZEN 1.0 §9). */
export interface DecisionPointMetadata {
  readonly policy_decision_point: string
  readonly access_evaluation_endpoint: string
}

/** The document of the policy decision point, which is the issuer. */
export function decisionPointMetadata(issuer: string): DecisionPointMetadata {
  return {
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${baseOf(issuer)}/access/v1/evaluation`,
  }
}

/** The URL of the token endpoint. */
export function tokenEndpoint(issuer: string): string {
  return `${baseOf(issuer)}/oauth/token`
}

function baseOf(issuer: string): string {
  return issuer.replace(/\/$/, '')
}
