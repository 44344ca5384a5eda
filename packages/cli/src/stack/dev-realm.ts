import type { LocalKeycloak } from '@freshet/dev-stack'
import type { Document } from 'yaml'
import type { ShownStep } from '../walk/walk.ts'
import type { DevFile, DevKeycloak } from './dev-file.ts'
import { newSecret } from './key-files.ts'
import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from './workspace.ts'

/** The source of the realm, its claim, and the client with which Freshet reads it. */
const SOURCE = 'keycloak'
const CLAIM = 'roles'
const CLIENT = 'freshet'
const AUDIENCE = 'payments'
/** The rights of `docs/connect.md`, and those of `freshet connect check`. */
const RIGHTS = ['view-users', 'view-events', 'view-realm', 'view-identity-providers']

/** A realm of the development stack: Freshet reads it as a source. */
export interface DevRealm {
  /** The realm as Keycloak imports it. */
  readonly realm: { readonly realm: string }
  /** The secret of the client, by the name that `upstreamSecrets` of a stack has for it. */
  readonly secrets: Readonly<Record<string, string>>
}

/** A realm with roles, a group and two users. The group gives its users one of the roles. */
export function devRealm(): DevRealm {
  const secret = newSecret()
  const user = (username: string, firstName: string, groups: readonly string[]): object => ({
    username,
    firstName,
    lastName: 'Acme',
    email: `${username}@acme.example`,
    enabled: true,
    realmRoles: ['auditor', 'approver'],
    groups,
  })
  const realm = {
    realm: DEV_TENANT,
    enabled: true,
    sslRequired: 'none',
    adminEventsEnabled: true,
    eventsEnabled: true,
    roles: { realm: ['auditor', 'approver', 'reader'].map((name) => ({ name })) },
    groups: [{ name: 'finance', realmRoles: ['reader'] }],
    clients: [{ clientId: CLIENT, secret, publicClient: false, serviceAccountsEnabled: true }],
    users: [
      user('alice', 'Alice', ['/finance']),
      user('bob', 'Bob', []),
      {
        username: `service-account-${CLIENT}`,
        enabled: true,
        serviceAccountClientId: CLIENT,
        clientRoles: { 'realm-management': RIGHTS },
      },
    ],
  }
  return { realm, secrets: { [`${SOURCE}.${DEV_TENANT}`]: secret } }
}

/**
 * Adds the realm to the copy of the example registry: its source, which also states accounts, and one claim of the
 * audience of payments.
 */
export function connectRealm(document: Document, issuer: string): void {
  document.setIn(['sources', SOURCE], {
    owner: 'identity',
    contact: 'oncall-identity@acme.example',
    keys: `keys/${SOURCE}.jwks.json`,
    ordering: 'monotonic',
    heartbeat: '500ms',
    lease: '10s',
    connect: {
      [DEV_TENANT]: {
        kind: 'keycloak',
        at: issuer,
        settle: '2s',
        interval: '500ms',
        compare: '1m',
        subject: { iss: DEV_IDP, sub: '/username' },
        account: true,
        claims: {
          [CLAIM]: {
            each: '/roles/*',
            values: { auditor: 'auditor', approver: 'approver', reader: 'reader' },
            others: 'drop',
          },
        },
        options: { client: CLIENT },
      },
    },
  })
  document.set('account', SOURCE)
  document.setIn(['claims', CLAIM], {
    source: SOURCE,
    owner: 'identity',
    description: 'The effective realm roles of a user in Keycloak.',
    kind: 'authoritative',
    shape: 'set',
    class: 'reduce',
    maxTtl: '5m',
    onUnverified: 'deny',
  })
  document.addIn(['audiences', AUDIENCE, 'claims'], CLAIM)
}

/** The walk from a role in Keycloak to a refusal at an edge. */
export function realmWalk({ console, admin }: DevKeycloak): readonly ShownStep[] {
  const check = `freshet token check "$TOKEN" --require ${CLAIM}=auditor`
  return [
    {
      text: 'Alice gets a token. Keycloak gave her the role auditor.',
      command: `TOKEN=$(freshet token mint --subject alice --audience ${AUDIENCE} --client ${DEV_CLIENT})`,
    },
    {
      text: 'An edge allows a request that needs the role: `allow`.',
      command: check,
      shows: 'allow',
    },
    {
      text:
        `Log in to ${console} as ${admin.username} with the password ${admin.password}. ` +
        'Open Users, alice, Role mapping, and unassign auditor. The edge refuses the same token with exit code 11: `deny (token.stale`.',
      command: check,
      shows: 'deny (token.stale',
    },
    {
      text: `The explanation names the change that made the token stale: \`STALE: alice lost values of ${CLAIM}\`.`,
      command: 'freshet token explain "$TOKEN"',
      shows: `STALE: alice lost values of ${CLAIM}`,
    },
  ]
}

/** Adds the running Keycloak with the realm to the description of a stack. */
export function withKeycloak(
  dev: DevFile,
  { issuer, masterIssuer, admin, pid }: LocalKeycloak,
): DevFile {
  const console = `${new URL(masterIssuer).origin}/admin/master/console/#/${DEV_TENANT}/users`
  const processes = pid === null ? dev.processes : { ...dev.processes, keycloak: pid }
  return { ...dev, processes, keycloak: { issuer, console, admin } }
}
