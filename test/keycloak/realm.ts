import { pageRealm, type PageRealm } from './keycloak-page.ts'

/** Clients of the realm. Each has its id as its secret. */
export const WEB = 'acme-web'
export const LONG = 'acme-long'
export const OTHER = 'acme-other'

/** The one user, by the id that tokens have as `sub`. */
export const ALICE = {
  id: '0a6f9f5e-0000-4000-8000-00000000a11c',
  name: 'alice',
  password: 'secret',
}

/** The group that the page and the route name. */
export const GROUP = 'payments-approvers'

/**
 * Returns the realm of the page with what only the tests need: a user, logins by password, and two clients.
 * `acme-web` receives logout tokens, `acme-long` has tokens of an hour, and access tokens of `acme-other` are for
 * `acme-web`.
 */
export function acmeRealm(logoutUrl: string): PageRealm {
  const logout = {
    'backchannel.logout.url': logoutUrl,
    'backchannel.logout.session.required': 'true',
  }
  const realm = pageRealm()
  const [web] = realm.clients
  return {
    ...realm,
    sslRequired: 'none',
    clients: [
      clientOf(WEB, { ...web, secret: WEB, attributes: logout }),
      clientOf(LONG, { attributes: { 'access.token.lifespan': '3600' } }),
      clientOf(OTHER, { fullScopeAllowed: false, protocolMappers: [audienceMapper(WEB)] }),
    ],
    users: [
      {
        id: ALICE.id,
        username: ALICE.name,
        email: 'alice@acme.example',
        firstName: 'Alice',
        lastName: 'Adams',
        enabled: true,
        emailVerified: true,
        groups: [`/${GROUP}`],
        credentials: [{ type: 'password', value: ALICE.password, temporary: false }],
      },
    ],
  } as PageRealm
}

function clientOf(clientId: string, more: object): object {
  const flows = { directAccessGrantsEnabled: true, standardFlowEnabled: true }
  const kind = { enabled: true, publicClient: false }
  return {
    clientId,
    secret: clientId,
    redirectUris: ['http://127.0.0.1/*'],
    ...kind,
    ...flows,
    ...more,
  }
}

function audienceMapper(audience: string): object {
  return {
    name: 'audience',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.client.audience': audience, 'access.token.claim': 'true' },
  }
}
