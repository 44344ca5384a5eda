import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKey, type NamedJwk } from '@freshet/wire'
import { Provider } from 'oidc-provider'
import { generateKeyPair, exportJWK } from 'jose'
import { oidcRoles } from '../../services/console/src/login/oidc-settings.ts'
import { CALLBACK, openIdProvider } from '../../services/console/src/login/openid-provider.ts'
import type { OpenIdLogin } from '../../services/console/src/login/openid-routes.ts'
import { loginSeal } from '../../services/console/src/login/sealed-login.ts'

/** Names of people who can log in, and their groups; any password is accepted. */
const PEOPLE: Readonly<Record<string, readonly string[]>> = { olga: ['sre'], victor: ['sales'] }
const CLIENT_ID = 'freshet-console'

/** A certified implementation of OpenID Connect, on loopback, with pages for people. */
export interface IdentityProvider {
  readonly url: string
  /** Makes the console at this URL its only client. */
  loginAt(consoleUrl: string): Promise<OpenIdLogin>
  close(): Promise<void>
}

/** Starts it. Its client is known only once the console has an address. */
export async function identityProvider(): Promise<IdentityProvider> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async loginAt(consoleUrl) {
      const { privateJwk: key, publicJwk } = await generateKey('ES256', 'console-1')
      const provider = new Provider(url, await settings(consoleUrl, publicJwk))
      server.on('request', provider.callback())
      const nowMs = (): number => Date.now()
      const roles = oidcRoles.parse('{"claim":"groups","operator":["sre"]}')
      const client = { clientId: CLIENT_ID, proof: { key } }
      const parameters = { issuer: url, ...client, scope: 'openid groups', publicUrl: consoleUrl }
      const seal = loginSeal(new Uint8Array(32).fill(1), nowMs)
      return { provider: openIdProvider({ ...parameters, roles, nowMs }), roles, seal }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function settings(consoleUrl: string, key: NamedJwk) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'private_key_jwt' as const,
        token_endpoint_auth_signing_alg: 'ES256' as const,
        jwks: { keys: [{ ...key, kty: 'EC' as const }] },
        backchannel_logout_uri: `${consoleUrl}/v1/session/openid/logout`,
        redirect_uris: [`${consoleUrl}${CALLBACK}`],
        post_logout_redirect_uris: [`${consoleUrl}/`],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'idp-1', use: 'sig' }] },
    cookies: { keys: ['for-this-test'] },
    scopes: ['openid', 'groups'],
    claims: { openid: ['sub'], groups: ['groups'] },
    conformIdTokenClaims: false,
    fetch: onLoopback,
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
    findAccount: async (_: unknown, sub: string) => ({
      accountId: sub,
      claims: async () => ({ sub, groups: [...(PEOPLE[sub] ?? [])] }),
    }),
  }
}

/** Removes the guard that forbids the provider calls to loopback, because the console is there. */
const onLoopback: typeof fetch = async (url, { dispatcher: _guard, ...options } = {}) =>
  fetch(url, options)
