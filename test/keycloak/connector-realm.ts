import type { LocalKeycloak } from '@freshet/local-keycloak'

/** The roles of each service account: the least set, that with `clients`, that for `check`, and one that is too small. */
const RIGHTS = {
  least: ['view-users', 'view-events'],
  clients: ['view-users', 'view-events', 'view-clients'],
  check: ['view-users', 'view-events', 'view-realm', 'view-identity-providers'],
  queries: ['query-users', 'view-events'],
} as const

/** A service account. Its secret is its name. */
export type Account = keyof typeof RIGHTS

/** Departments of the realm. */
export const DEPARTMENTS = 5

/** A person, and no service account. */
export const PERSON = 'service-account-of-mine'

/** A user federation whose directory does not answer. */
export const LDAP = {
  name: 'directory',
  providerId: 'ldap',
  providerType: 'org.keycloak.storage.UserStorageProvider',
  config: {
    enabled: ['true'],
    vendor: ['other'],
    connectionUrl: ['ldap://127.0.0.1:9'],
    connectionTimeout: ['500'],
    usersDn: ['dc=acme'],
    usernameLDAPAttribute: ['uid'],
    rdnLDAPAttribute: ['uid'],
    uuidLDAPAttribute: ['entryUUID'],
    userObjectClasses: ['person'],
    authType: ['none'],
    editMode: ['READ_ONLY'],
  },
}

/** The token of a user, by a login with the name as the password. */
export async function tokenOf({ issuer }: LocalKeycloak, username: string): Promise<string> {
  const form = { grant_type: 'password', client_id: 'web', username, password: username }
  const response = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'openid' }),
  })
  return ((await response.json()) as { readonly access_token: string }).access_token
}

/** The realm of the connector: departments with a team and a composite role, without most of its users. */
export function connectorRealm(): { readonly realm: string } {
  const accounts = Object.entries(RIGHTS)
  const service = { publicClient: false, serviceAccountsEnabled: true }
  const departments = Array.from({ length: DEPARTMENTS }, (_, at) => ({
    name: `department-${at}`,
    realmRoles: ['approver'],
    subGroups: [{ name: 'team-0' }],
  }))
  return {
    realm: 'acme',
    enabled: true,
    sslRequired: 'none',
    adminEventsEnabled: true,
    eventsEnabled: true,
    roles: {
      realm: [
        { name: 'reader' },
        { name: 'auditor' },
        { name: 'approver', composite: true, composites: { realm: ['reader'] } },
      ],
      client: { app: [{ name: 'editor' }] },
    },
    groups: [...departments, { name: 'empty' }],
    clients: [
      { clientId: 'app' },
      { clientId: 'web', publicClient: true, directAccessGrantsEnabled: true },
      ...accounts.map(([clientId]) => ({ clientId, secret: clientId, ...service })),
    ],
    users: [
      ...accounts.map(([clientId, rights]) => ({
        username: `service-account-${clientId}`,
        enabled: true,
        serviceAccountClientId: clientId,
        clientRoles: { 'realm-management': rights },
      })),
      { username: PERSON, enabled: true },
      {
        username: 'self',
        enabled: true,
        email: 'self@acme.example',
        firstName: 'S',
        lastName: 'F',
        credentials: [{ type: 'password', value: 'self', temporary: false }],
        realmRoles: ['default-roles-acme'],
      },
    ],
  } as { readonly realm: string }
}
