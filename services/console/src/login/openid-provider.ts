import { FreshetError } from '@freshet/protocol'
import { importJWK, type CryptoKey, type JWTVerifyGetKey } from 'jose'
import * as client from 'openid-client'
import { loginFailure, unavailable } from './login-failure.ts'
import type { KnownPerson, LoginProvider, PendingLogin } from './login-provider.ts'
import { endedLogin, publishedAt } from './logout-token.ts'
import type { ClientProof, OidcSettings } from './oidc-settings.ts'

/** The provider is asked about its metadata again after this. */
const KNOWN_MS = 60 * 60_000
/** It answers each question within this. */
const ANSWER_WITHIN_S = 5
/** More logins at a time are refused: each asks the provider. */
const FINISHING_MAX = 16
/** OpenID Connect Core 1.0 §2. */
const SUB_CHARS_MAX = 255
export const CALLBACK = '/v1/session/openid/callback'

/** The parts by which the provider is asked. */
export interface OpenIdParts extends OidcSettings {
  /** The address at which browsers reach this console. */
  readonly publicUrl: string
  readonly nowMs: () => number
}

/** The provider of these settings; it is asked at a login, not before. */
export function openIdProvider(parts: OpenIdParts): LoginProvider {
  const { issuer, clientId, scope, publicUrl } = parts
  const metadata = heldMetadata(parts)
  const redirect = new URL(CALLBACK, publicUrl)
  let finishing = 0
  let keys: { readonly uri: string; readonly published: JWTVerifyGetKey } | undefined
  return {
    issuer,
    async begin() {
      const config = await metadata.held()
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const code_challenge = await client.calculatePKCECodeChallenge(pending.verifier)
      const { state, nonce } = pending
      const parameters = { scope, state, nonce, code_challenge, code_challenge_method: 'S256' }
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirect.href,
        ...parameters,
      })
      return { url, pending }
    },
    async finish(query, pending) {
      if (finishing >= FINISHING_MAX) {
        throw new FreshetError('limit.reached', `At most ${FINISHING_MAX} logins end at a time.`)
      }
      finishing += 1
      try {
        return await personOf(await metadata.held(), new URL(query, redirect), pending)
      } finally {
        finishing -= 1
      }
    },
    async ended(token) {
      const config = await metadata.held()
      const { jwks_uri: uri = '', id_token_signing_alg_values_supported: algorithms = ['RS256'] } =
        config.serverMetadata()
      if (keys?.uri !== uri) keys = { uri, published: publishedAt(uri) }
      const terms = { issuer, clientId, keys: keys.published, algorithms, nowMs: parts.nowMs() }
      return endedLogin(token, terms)
    },
    async endUrl() {
      const config = await metadata.held()
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined
      return client.buildEndSessionUrl(config, {
        post_logout_redirect_uri: new URL('/', publicUrl).href,
      })
    },
    check: async () => void (await metadata.anew()),
  }
}

interface Metadata {
  held(): Promise<client.Configuration>
  anew(): Promise<client.Configuration>
}

/** One question at a time, for all callers; an answer is kept for a while, a failure is not. */
function heldMetadata(parts: OpenIdParts): Metadata {
  let held: { readonly config: client.Configuration; readonly untilMs: number } | undefined
  let asking: Promise<client.Configuration> | undefined
  const anew = (): Promise<client.Configuration> => {
    asking ??= discover(parts)
      .then((config) => {
        held = { config, untilMs: parts.nowMs() + KNOWN_MS }
        return config
      })
      .finally(() => (asking = undefined))
    return asking
  }
  const isHeld = (): boolean => held !== undefined && parts.nowMs() < held.untilMs
  return { anew, held: async () => (held !== undefined && isHeld() ? held.config : anew()) }
}

async function discover({ issuer, clientId, proof }: OpenIdParts): Promise<client.Configuration> {
  const url = new URL(issuer)
  // The library's default accepts an unsigned ID token that comes straight from the provider.
  const execute = [client.enableNonRepudiationChecks]
  if (url.protocol === 'http:') execute.push(client.allowInsecureRequests)
  try {
    const options = { execute, timeout: ANSWER_WITHIN_S }
    return await client.discovery(url, clientId, {}, await authenticateBy(proof), options)
  } catch (error) {
    throw unavailable(error)
  }
}

/** Authenticates by an assertion of the key, or by the secret. */
async function authenticateBy(proof: ClientProof): Promise<client.ClientAuth> {
  if ('secret' in proof) return authenticateBySecret(proof.secret)
  const { kid, alg } = proof.key
  const key = (await importJWK(proof.key, alg)) as CryptoKey
  return client.PrivateKeyJwt(kid === undefined ? key : { key, kid })
}

/** The secret is in the header (RFC 6749 §2.3.1), unless the provider only reads the body. */
function authenticateBySecret(secret: string): client.ClientAuth {
  const basic = client.ClientSecretBasic(secret)
  const post = client.ClientSecretPost(secret)
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
}

async function personOf(
  config: client.Configuration,
  answer: URL,
  { state, nonce, verifier }: PendingLogin,
): Promise<KnownPerson> {
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier }
  const tokens = await client.authorizationCodeGrant(config, answer, checks).catch(loginFailure)
  const claims = tokens.claims()
  if (claims === undefined || !isName(claims.sub)) {
    throw new FreshetError('login.refused', 'The provider sent no ID token that names a person.')
  }
  const { iss, sub, exp, sid } = claims
  return { iss, sub, claims, untilMs: exp * 1_000, sid: typeof sid === 'string' ? sid : undefined }
}

/** It stands in the audit and on pages. */
function isName(sub: string): boolean {
  return sub.length > 0 && sub.length <= SUB_CHARS_MAX && !/[\p{C}]/u.test(sub)
}
